import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Draft } from '#core/events/chain.ts';
import { newWorker, openTestCore, sayAccepted } from '#core/testing/core.ts';

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

test('what a saved state lacks are the commands and file calls that ended after it, all of them where none was saved', async (t) => {
  const core = await openTestCore(t);
  const { sessionId, turnId } = await sayAccepted(core, 'thr');
  const claim = await core.claims.claim(await newWorker(core));
  const effect = async (key: string, kind: 'command' | 'file' | 'model', ends = true) => {
    const draft = { sessionId, turnId, epoch: claim?.epoch ?? 0, key, at: new Date().toISOString() };
    const intent = { kind, title: key, fingerprint: key, request: { inline: null }, attempt: 1 };
    await core.appender.append({
      draft: { ...draft, type: 'effect.intent', body: intent } satisfies Draft,
      effect: { state: 'intent', kind, fingerprint: key },
    });
    if (!ends) return;
    const receipt = {
      kind,
      fingerprint: key,
      outcome: 'done',
      intent: 2,
      result: { inline: null },
      ms: 1,
    } as const;
    await core.appender.append({
      draft: { ...draft, type: 'effect.receipt', body: receipt } satisfies Draft,
      effect: { state: 'done', kind, fingerprint: key },
      signed: true,
    });
  };
  const lacking = () => core.snapshots.stepsSince(sessionId);
  assert.equal(await lacking(), 0);
  await effect('one', 'command');
  await effect('two', 'file');
  await effect('asked', 'model');
  await effect('under way', 'command', false);
  assert.equal(await lacking(), 2);
  await core.snapshots.save(sessionId, { generation: 1, blob: 'ab', size: 1 }, 'here');
  assert.equal(await lacking(), 0);
  await effect('three', 'command');
  assert.equal(await lacking(), 1);
  await core.snapshots.save(sessionId, { generation: 2, blob: 'ab', size: 1 }, 'here');
  assert.equal(await lacking(), 0);
  await effect('four', 'command');
  await core.database.pool.query('UPDATE snapshot SET through = NULL');
  assert.equal(await lacking(), 0, 'of what a version before saved nothing is known');
});
