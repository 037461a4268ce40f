import assert from 'node:assert/strict';
import { test } from 'node:test';
import { call, openStage } from './testing/stage.ts';

test('a replay is asked for, waits for a worker, and is shown as it was settled; others than administrators get none', async (t) => {
  const stage = await openStage(t, { worker: false });
  const { body } = await stage.call('POST', '/v1/sessions', { text: 'hello' });
  const at = `/v1/sessions/${body.session.id}/replay`;
  assert.deepEqual((await stage.call('GET', at)).body, { replay: null });
  const { body: asked } = await stage.call('POST', at);
  assert.deepEqual([asked.replay.state, asked.replay.result], ['asked', null]);
  assert.equal((await stage.call('POST', at)).body.replay.id, asked.replay.id);

  const taken = await stage.core.replays.take('wrk_test', 60_000);
  assert.ok(taken);
  assert.equal((await stage.call('GET', at)).body.replay.state, 'running');
  const divergence = { turnId: body.turnId, key: 'model:2', recorded: 'one', found: 'two' };
  const result = { verdict: 'diverged', identical: 3, otherHarness: 1, divergence, message: null } as const;
  await stage.core.replays.settle(taken, 'wrk_test', result);
  const { replay } = (await stage.call('GET', at)).body;
  assert.deepEqual([replay.state, replay.result], ['settled', result]);

  const { key } = await stage.addPerson('Member', 'member');
  for (const method of ['GET', 'POST']) {
    const answer = await call(stage.url, method, at, undefined, { authorization: `Bearer ${key}` });
    assert.equal(answer.status, 403);
  }
  assert.equal((await stage.call('POST', '/v1/sessions/none/replay')).status, 404);
});
