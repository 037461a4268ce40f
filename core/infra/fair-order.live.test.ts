import assert from 'node:assert/strict';
import { test } from 'node:test';
import { finishWell, newWorker, openTestCore, say, sayAccepted } from '#core/testing/core.ts';
import type { Claim } from '#core/turns/ports.ts';

test('a thread and a workspace have queues with an end, whoever it is that asks', async (t) => {
  const core = await openTestCore(t);
  for (const by of ['ana', 'ben']) await sayAccepted(core, 'thr', { by });
  const inThread = { by: 'cem', maxQueuedInThread: 2, maxQueuedInWorkspace: 3 };
  assert.deepEqual(await say(core, 'thr', inThread), { kind: 'queue_full', of: 'thread', waiting: 2 });
  await sayAccepted(core, 'other', inThread);
  assert.deepEqual(await say(core, 'third', inThread), { kind: 'queue_full', of: 'workspace', waiting: 3 });
  assert.equal(await core.database.prisma.session.count(), 2, 'what is refused opens no session');
  // What runs does not wait: there is room again.
  await core.claims.claim(await newWorker(core));
  await sayAccepted(core, 'third', inThread);
});

test('who has a weight is served that often in a round, and then comes behind the others', async (t) => {
  const core = await openTestCore(t);
  for (let n = 0; n < 6; n += 1)
    for (const by of ['ana', 'ben', 'cem']) await sayAccepted(core, `${by}${n}`, { by });
  const { rows } = await core.database.pool.query<{ id: string; name: string }>(
    'SELECT id, name FROM "user"',
  );
  const nameOf = new Map(rows.map(({ id, name }) => [id, name]));
  await core.database.pool.query(
    `UPDATE lane SET weight = 3, cap = 100 WHERE author_id = (SELECT id FROM "user" WHERE name = 'ana')`,
  );
  const worker = await newWorker(core);
  const served: (string | undefined)[] = [];
  for (let n = 0; n < 10; n += 1) {
    await core.claims.beat(worker, 'test', 8);
    const claim = (await core.claims.claim(worker)) as Claim;
    served.push(nameOf.get((await core.turns.byId(claim.turnId))?.authorId ?? ''));
    await finishWell(core, claim);
  }
  const round = (names: typeof served) => names.toSorted().join();
  assert.equal(round(served.slice(0, 5)), 'ana,ana,ana,ben,cem');
  assert.equal(round(served.slice(5)), 'ana,ana,ana,ben,cem');
});

test('the least recently served person is served first, however much another has waiting', async (t) => {
  const core = await openTestCore(t);
  for (let n = 0; n < 30; n += 1) await sayAccepted(core, `heavy${n}`, { by: 'heavy' });
  for (let n = 0; n < 5; n += 1) await sayAccepted(core, `light${n}`, { by: `light${n}` });
  const worker = await newWorker(core);
  const served: string[] = [];
  for (let n = 0; n < 8; n += 1) {
    const claim = await core.claims.claim(worker);
    assert.ok(claim);
    served.push((await core.sessions.byId(claim.sessionId))?.thread.thread.replace(/\d+/, '') ?? '');
    await finishWell(core, claim);
  }
  assert.equal(served.slice(0, 6).filter((name) => name === 'light').length, 5);
});

test('I1: what lost its worker goes on before anything new, and counts as nothing new for its author', async (t) => {
  const core = await openTestCore(t);
  const lost = await sayAccepted(core, 'lost', { by: 'ana' });
  const worker = await newWorker(core);
  const first = (await core.claims.claim(worker)) as Claim;
  assert.equal(first.turnId, lost.turnId);
  for (let n = 0; n < 3; n += 1) await sayAccepted(core, `new${n}`, { by: `new${n}` });
  const served = async () => {
    const { rows } = await core.database.pool.query(
      'SELECT served_at, taken FROM lane WHERE author_id = (SELECT author_id FROM turn WHERE id = $1)',
      [lost.turnId],
    );
    return rows[0];
  };
  const before = await served();
  await core.database.pool.query(`UPDATE worker SET seen_at = now() - interval '7 seconds'`);
  assert.equal((await core.claims.sweep())[0], lost.sessionId, 'it is rung for first');
  const second = await newWorker(core);
  assert.equal((await core.claims.claim(second))?.turnId, lost.turnId);
  assert.deepEqual(await served(), before);
  // Given back by a worker that stops, it also keeps its place.
  await core.claims.leave(second);
  const third = await newWorker(core);
  assert.equal((await core.claims.claim(third))?.turnId, lost.turnId);
  assert.notEqual((await core.claims.claim(third))?.turnId, lost.turnId);
});
