import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FileRef } from '#core/events/types.ts';
import type { Blobs } from '#core/files/ports.ts';
import { FakeSandboxes } from './sandbox/fake.ts';
import { type Delivery, openTurnSandbox, withInbox } from './turn-sandbox.ts';

const file: FileRef = { id: 'fil_1', name: 'plan.txt', mediaType: 'text/plain', size: 5, blob: 'ab' };
const blobs = { get: async () => Buffer.from('first') } as Partial<Blobs> as Blobs;
const claimOf = (epoch: number) => ({ turnId: 'trn_1', sessionId: 'ses_1', workerId: 'wrk_1', epoch });

test('a message brings its files once: what the agent made of them outlives a new claim, deletion too', async () => {
  const sandboxes = new FakeSandboxes();
  const open = (epoch: number, turnId = 'trn_1') =>
    withInbox(
      openTurnSandbox({ ...claimOf(epoch), turnId }, 'usr_1', { sandboxes }, new AbortController().signal),
      [{ turnId, files: [file, { ...file, name: 'gone.txt' }] }],
      blobs,
    )();
  const path = '/workspace/inbox/plan.txt';
  const first = await open(1);
  assert.equal(Buffer.from(await first.readFile(path, 10)).toString(), 'first');
  await first.writeFile(path, Buffer.from('edited'));
  sandboxes.host.session('ses_1').files.delete('/workspace/inbox/gone.txt');

  const second = await open(2);
  assert.equal(Buffer.from(await second.readFile(path, 10)).toString(), 'edited');
  await assert.rejects(second.readFile('/workspace/inbox/gone.txt', 10), { code: 'file.missing' });
});

test('I8: a claim that was taken over brings no file', async () => {
  const sandboxes = new FakeSandboxes();
  await sandboxes.open({ sessionId: 'ses_1', userId: 'usr_1', epoch: 2 });
  const opening = openTurnSandbox(claimOf(1), 'usr_1', { sandboxes }, new AbortController().signal);
  const late = withInbox(opening, [{ turnId: 'trn_1', files: [file] }], blobs);
  await assert.rejects(late(), { code: 'turn.fenced' });
  assert.equal(sandboxes.host.session('ses_1').files.size, 0);
});

test('files of what the author says meanwhile are there before the next command', async () => {
  const sandboxes = new FakeSandboxes();
  const deliveries: Delivery[] = [{ turnId: 'trn_1', files: [] }];
  const opening = openTurnSandbox(claimOf(1), 'usr_1', { sandboxes }, new AbortController().signal);
  const open = withInbox(opening, deliveries, blobs);
  await assert.rejects((await open()).readFile('/workspace/inbox/plan.txt', 10), { code: 'file.missing' });
  deliveries.push({ turnId: 'trn_2', files: [file] });
  const [one] = await Promise.all([open(), open()]);
  assert.equal(Buffer.from(await one.readFile('/workspace/inbox/plan.txt', 10)).toString(), 'first');
});
