import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openTestCore, sayAccepted } from '#core/testing/core.ts';

test('a generation is saved once, over the one before it, also by two hosts at once', async (t) => {
  const { snapshots, ...core } = await openTestCore(t);
  const { sessionId } = await sayAccepted({ ...core, snapshots }, 'thr');
  const state = (generation: number, blob = 'ab') => ({ generation, blob, size: 2 ** 33 });
  assert.equal(await snapshots.latest(sessionId), null);
  assert.equal(await snapshots.save(sessionId, state(2), 'early'), false);
  assert.equal(await snapshots.save(sessionId, state(1), 'first'), true);
  const both = await Promise.all(
    ['here', 'there'].map((host) => snapshots.save(sessionId, state(2, host), host)),
  );
  assert.deepEqual(both.sort(), [false, true]);
  assert.equal(await snapshots.save(sessionId, state(1), 'late'), false);
  const latest = await snapshots.latest(sessionId);
  assert.equal(latest?.generation, 2);
  assert.equal(latest?.size, 2 ** 33);
});
