import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Approvals } from '#core/approvals/ports.ts';
import { DeckhandError } from '#core/errors.ts';
import { fenced } from '#core/events/appender.ts';
import { openLog } from '#core/log.ts';
import { standIn } from '#core/testing/stand-in.ts';
import type { Claims } from '#core/turns/ports.ts';
import { FakeSandboxes } from './sandbox/fake.ts';
import { finish } from './turn-ending.ts';

const claim = { turnId: 'trn_1', sessionId: 'ses_1', epoch: 1, workerId: 'wrk_1' };
const usage = { requests: 0, inputTokens: 0, outputTokens: 0 };

test('I8: a worker that wakes as a zombie ends no command of the turn that runs by now', async () => {
  const sandboxes = new FakeSandboxes();
  const sandbox = await sandboxes.open({ sessionId: claim.sessionId, userId: 'usr_1' });
  const ofAnother = sandbox.run({
    key: 'trn_2.call_1',
    script: 'sleep 0.1; echo done',
    ...{ timeoutMs: 10_000, maxOutputBytes: 1_000, maxFileBytes: 1_000 },
  });
  const claims = standIn<Claims>({
    standing: async () => ({ held: false, stopRequestedBy: null }),
    finish: () => Promise.reject(fenced()),
  });
  const late = finish(
    claim,
    'succeeded',
    { answer: 'late', error: null, usage },
    {
      approvals: standIn<Approvals>({}),
      claims,
      sandboxes,
      bell: { ring: async () => {}, next: async () => null, close: async () => {} },
      log: openLog('test', 'silent'),
      limits: { approvalLifeMs: 1_000 },
    },
  );
  await assert.rejects(late, (error) => error instanceof DeckhandError && error.code === 'turn.fenced');
  assert.deepEqual((await ofAnother).output, 'done\n');
});

test('a turn whose template wants it is over only when its workspace is saved; what cannot be saved ends it all the same', async () => {
  for (const [saves, breaks] of [
    [false, false],
    [true, false],
    [true, true],
  ] as const) {
    const sandboxes = new FakeSandboxes();
    await sandboxes.open({ sessionId: claim.sessionId, userId: 'usr_1' });
    if (breaks) sandboxes.save = () => Promise.reject(new Error('the blob store is full'));
    const savedAtFinish: number[] = [];
    const claims = standIn<Claims>({
      standing: async () => ({ held: true, stopRequestedBy: null }),
      finish: async () => {
        savedAtFinish.push(sandboxes.host.saved.length);
        return false;
      },
    });
    const deps = {
      ...{ approvals: standIn<Approvals>({}), claims, sandboxes },
      bell: { ring: async () => {}, next: async () => null, close: async () => {} },
      log: openLog('test', 'silent'),
      limits: { approvalLifeMs: 1_000 },
    };
    await finish(claim, 'succeeded', { answer: 'done', error: null, usage }, deps, saves);
    assert.deepEqual(savedAtFinish, [saves && !breaks ? 1 : 0]);
  }
});
