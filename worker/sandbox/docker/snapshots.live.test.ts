import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { commandOf, newSession } from '../contract-ground.ts';
import { dockerForTests } from './engine-for-tests.ts';
import { snapshotsForTests } from './snapshots-for-tests.ts';

const [here, there] = [await dockerForTests(), await dockerForTests()];
const folder = await mkdtemp(join(tmpdir(), 'deckhand-blobs-'));
after(async () => {
  await Promise.all([here.clear(), there.clear()]);
  await rm(folder, { recursive: true });
});

const everyone = async (ids: string[]) => new Set(ids);

test('an idle workspace is saved, and another host goes on with it; the first host then takes what that one saved', async () => {
  const snapshots = snapshotsForTests(folder);
  const [first, second] = [here, there].map((host) => host.worker({ idleSeconds: 0, snapshots, warm: 1 }));
  assert.ok(first && second);
  const sessionId = newSession();
  try {
    for (const [worker, word, expected] of [
      [first, 'one', 'one\n'],
      [second, 'two', 'one\ntwo\n'],
      [first, 'three', 'one\ntwo\nthree\n'],
      [first, 'four', 'one\ntwo\nthree\nfour\n'],
    ] as const) {
      await worker.warm();
      const sandbox = await worker.open({ sessionId, userId: 'usr_ana' });
      const { output } = await sandbox.run(
        commandOf(
          `echo ${word} >> kept; cat kept; ls -l kept | cut -d' ' -f3; chmod u+s kept; ln -sfn / out`,
        ),
      );
      assert.equal(output, `${expected}u70000\n`);
      assert.equal(await worker.reap(everyone), 1);
    }
    const latest = await snapshots.snapshots.latest(sessionId);
    assert.equal(latest?.generation, 4);
    assert.deepEqual([...here.notes, ...there.notes], []);
    assert.deepEqual(await readdir(join(here.options.home, 'snapshots')), []);
  } finally {
    await Promise.all([first.close(), second.close()]);
  }
});

test('a key that ran on one host has run on the other', async () => {
  const snapshots = snapshotsForTests(folder);
  const [first, second] = [here, there].map((host) => host.worker({ idleSeconds: 0, snapshots }));
  assert.ok(first && second);
  const sessionId = newSession();
  const command = commandOf('echo once >> count; wc -l < count');
  try {
    for (const worker of [first, second]) {
      const sandbox = await worker.open({ sessionId, userId: 'usr_ana' });
      assert.equal((await sandbox.run(command)).output, '1\n');
      await worker.reap(everyone);
    }
  } finally {
    await Promise.all([first.close(), second.close()]);
  }
});

test('a workspace is saved while its sandbox stands, and a host that never saw it go idle goes on from there', async () => {
  const snapshots = snapshotsForTests(folder);
  const [first, second] = [here, there].map((host) => host.worker({ snapshots }));
  assert.ok(first && second);
  const sessionId = newSession();
  try {
    await first.save(sessionId);
    assert.equal(await snapshots.snapshots.latest(sessionId), null, 'there is nothing yet');
    const sandbox = await first.open({ sessionId, userId: 'usr_ana' });
    const { output } = await sandbox.run(commandOf('echo kept > kept; hostname; (sleep 300 &) '));
    await first.endTurn(sessionId);
    await first.save(sessionId);
    assert.equal((await snapshots.snapshots.latest(sessionId))?.generation, 1);
    // As if the first host had died: nothing of it is asked again.
    const elsewhere = await second.open({ sessionId, userId: 'usr_ana' });
    assert.equal((await elsewhere.run(commandOf('cat kept; hostname'))).output, `kept\n${output}`);
    // The sandbox that was saved works on.
    assert.equal((await sandbox.run(commandOf('cat kept'))).output, 'kept\n');
  } finally {
    await Promise.all([first.close(), second.close()]);
  }
});
