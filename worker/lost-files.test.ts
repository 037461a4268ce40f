import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openLostFiles } from './lost-files.ts';
import { commandOf } from './sandbox/contract-ground.ts';
import { FakeSandboxes } from './sandbox/fake.ts';
import { openTurnSandbox } from './turn-sandbox.ts';

const claim = { turnId: 'trn_1', sessionId: 'ses_1', workerId: 'wrk_1', epoch: 1 };

/** A turn's sandbox on a host that has not seen the session, of which so many steps are not saved. */
async function openElsewhere(unsaved: number, workspace: 'fresh' | 'persistent' = 'persistent') {
  const told: unknown[] = [];
  const tellLost = openLostFiles('ses_1', { stepsSince: async () => unsaved }, async (type, body) =>
    told.push([type, body]),
  );
  const sandboxes = new FakeSandboxes();
  const open = () =>
    openTurnSandbox(claim, 'usr_1', { workspace }, { sandboxes, tellLost }, new AbortController().signal)();
  return { told, open };
}

test('what was lost with a host is said once, to the thread and with the first command', async () => {
  const { told, open } = await openElsewhere(3);
  const sandbox = await open();
  assert.deepEqual(told, [['workspace.lost', { steps: 3, saved: false }]]);
  assert.match((await sandbox.run(commandOf('echo one'))).note ?? '', /empty now.* 3 earlier steps/);
  assert.equal((await sandbox.run(commandOf('echo two'))).note, null);
  assert.equal((await (await open()).run(commandOf('echo three'))).note, null);
  assert.equal(told.length, 1);
});

test('nothing is said where all was saved, and where the turn begins with an empty workspace anyway', async () => {
  for (const { told, open } of [await openElsewhere(0), await openElsewhere(3, 'fresh')]) {
    assert.equal((await (await open()).run(commandOf('echo one'))).note, null);
    assert.deepEqual(told, []);
  }
});
