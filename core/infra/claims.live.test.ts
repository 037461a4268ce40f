import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  finishWell,
  newWorker,
  openAnother,
  openTestCore,
  sayAccepted,
  type TestCore,
} from '#core/testing/core.ts';
import { inTime } from '#core/testing/until.ts';
import type { Claim } from '#core/turns/ports.ts';

/** After this the sweep takes a worker's turns away (`sweep_turns`). */
const silentMs = 6_000;

/** Writes that a command begins, always under the same key. */
function beginCommand(core: TestCore, claim: Claim, epoch: number | null = claim.epoch) {
  const { sessionId, turnId } = claim;
  const kind = 'command' as const;
  const body = { kind, title: '', fingerprint: 'f', request: { inline: null }, attempt: 1 };
  const type = 'effect.intent' as const;
  const draft = { sessionId, turnId, epoch, type, key: 'c/command:0', body, at: '' };
  return core.appender.append({ draft, effect: { state: 'intent', kind, fingerprint: 'f' } });
}

test('I3: a session gives its turns one at a time and in order, to many workers', async (t) => {
  const core = await openTestCore(t);
  const expected = new Map<string, string[]>();
  for (let n = 0; n < 40; n += 1) {
    const { sessionId, turnId } = await sayAccepted(core, `thr${n % 8}`, { by: `user${(n % 8) % 3}` });
    expected.set(sessionId, [...(expected.get(sessionId) ?? []), turnId]);
  }
  const ended = new Map<string, string[]>();
  const active = new Set<string>();
  const work = async () => {
    const worker = await newWorker(core);
    for (let claim = await core.claims.claim(worker); claim; claim = await core.claims.claim(worker)) {
      assert.ok(!active.has(claim.sessionId), 'two turns of one session at once');
      active.add(claim.sessionId);
      await new Promise(setImmediate);
      ended.set(claim.sessionId, [...(ended.get(claim.sessionId) ?? []), claim.turnId]);
      active.delete(claim.sessionId);
      await finishWell(core, claim);
    }
  };
  while ([...ended.values()].flat().length < 40) await Promise.all([work(), work(), work(), work()]);
  assert.deepEqual(ended, expected);
});

test('I8: after another worker has taken over, nothing of the first is written', async (t) => {
  const core = await openTestCore(t);
  await sayAccepted(core, 'thr');
  const [first, second] = [await newWorker(core), await newWorker(core)];
  const old = await core.claims.claim(first);
  assert.ok(old);
  await core.database.pool.query(`UPDATE worker SET seen_at = now() - interval '7 seconds' WHERE id = $1`, [
    first,
  ]);
  assert.deepEqual(await core.claims.sweep(), [old.sessionId]);
  const now = await core.claims.claim(second);
  assert.equal(now?.turnId, old.turnId);
  assert.equal(now?.epoch, old.epoch + 1);

  const { sessionId, turnId, epoch } = old;
  const body = { approvals: [] };
  const draft = {
    sessionId,
    turnId,
    epoch,
    type: 'turn.waiting' as const,
    key: null,
    body,
    at: '2026-01-01T00:00:00.000Z',
  };
  await assert.rejects(core.appender.append({ draft }), { code: 'turn.fenced' });
  await assert.rejects(finishWell(core, old), { code: 'turn.fenced' });
  await assert.rejects(core.claims.wait(old, []), { code: 'turn.fenced' });
  await assert.rejects(core.claims.release(old), { code: 'turn.fenced' });
  assert.equal((await core.claims.standing(old)).held, false);
  assert.equal(await core.claims.claim(first), null, 'a silent worker claims nothing');
  await finishWell(core, now);
  assert.equal((await core.turns.byId(turnId))?.state, 'succeeded');
});

test('a worker that leaves gives its turns back at once', async (t) => {
  const core = await openTestCore(t);
  const { turnId } = await sayAccepted(core, 'thr');
  const worker = await newWorker(core);
  await core.claims.claim(worker);
  await core.claims.leave(worker);
  assert.equal((await core.claims.claim(await newWorker(core)))?.turnId, turnId);
});

test('of two workers of one host that leave at once, one learns that the other went before it', async (t) => {
  const core = await openTestCore(t);
  const [one, two, elsewhere] = ['wrk_one', 'wrk_two', 'wrk_elsewhere'];
  await core.claims.register(one, 'host-a', 1);
  await core.claims.register(two, 'host-a', 1);
  await core.claims.register(elsewhere, 'host-b', 1);
  const othersGoOn = await Promise.all([core.claims.leave(one), core.claims.leave(two)]);
  assert.deepEqual(othersGoOn.sort(), [false, true]);
});

test('I3, I8: a process that is paused inside a transaction keeps nobody else from claiming', async (t) => {
  const core = await openTestCore(t);
  const other = await openAnother(t, core);
  await sayAccepted(core, 'thr');
  const paused = await core.database.pool.connect();
  const { rows } = await paused.query<{ ms: number }>(
    `SELECT setting::int AS ms FROM pg_settings WHERE name = 'idle_in_transaction_session_timeout'`,
  );
  const patienceMs = rows[0]?.ms ?? 0;
  assert.ok(patienceMs > 0 && patienceMs < silentMs, 'it is given up before a worker counts as silent');
  await paused.query('SET idle_in_transaction_session_timeout = 300');
  await paused.query('BEGIN');
  await paused.query('SELECT 1 FROM session FOR NO KEY UPDATE');
  const worker = await newWorker(other);
  const beating = setInterval(() => void other.claims.beat(worker, 'test', 8), 1_000);
  const claim = await inTime(other.claims.claim(worker), 'a claim beside the paused process').finally(() =>
    clearInterval(beating),
  );
  paused.release(true);
  assert.equal(claim?.workerId, worker);
});

test('two people who take turns in many threads never lock each other out', async (t) => {
  const core = await openTestCore(t);
  for (let n = 0; n < 40; n += 1) {
    for (const by of n % 2 ? ['ana', 'ben', 'ana'] : ['ben', 'ana', 'ben'])
      await sayAccepted(core, `thr${n}`, { by });
  }
  await core.database.pool.query('UPDATE lane SET cap = 100');
  const before = await core.database.pool.query(
    'SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()',
  );
  const work = async () => {
    const worker = await newWorker(core);
    for (let claim = await core.claims.claim(worker); claim; claim = await core.claims.claim(worker)) {
      await finishWell(core, claim);
    }
  };
  await Promise.all(Array.from({ length: 8 }, work));
  assert.equal(await core.database.prisma.turn.count({ where: { state: 'succeeded' } }), 120);
  const after = await core.database.pool.query(
    'SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()',
  );
  assert.deepEqual(after.rows, before.rows);
});

test('I8: after its end a turn takes nothing more under its claim, and no effect without one', async (t) => {
  const core = await openTestCore(t);
  await sayAccepted(core, 'thr');
  const claim = await core.claims.claim(await newWorker(core));
  assert.ok(claim);
  await finishWell(core, claim);
  for (const epoch of [claim.epoch, null]) {
    await assert.rejects(beginCommand(core, claim, epoch), { code: 'turn.fenced' });
  }
});

test('I8: of two claims that write one effect in one batch, the fenced one does not hide the one that stands', async (t) => {
  const core = await openTestCore(t);
  await sayAccepted(core, 'thr');
  const worker = await newWorker(core);
  const old = await core.claims.claim(worker);
  assert.ok(old);
  await core.claims.release(old);
  const now = await core.claims.claim(worker);
  assert.ok(now);
  const [fenced, written] = await Promise.allSettled([beginCommand(core, old), beginCommand(core, now)]);
  assert.equal(fenced.status === 'rejected' && fenced.reason.code, 'turn.fenced');
  assert.equal(written.status, 'fulfilled');
});

test('I1: a claim whose answer was lost is known to the database, and can be given back', async (t) => {
  const core = await openTestCore(t);
  const { turnId } = await sayAccepted(core, 'thr');
  const worker = await newWorker(core);
  await core.claims.claim(worker);
  const [lost] = await core.claims.held(worker);
  assert.equal(lost?.turnId, turnId);
  if (lost) await core.claims.release(lost);
  assert.equal((await core.claims.claim(worker))?.turnId, turnId);
});

test('a worker whose row was swept away while its machine slept is there again with its next beat', async (t) => {
  const core = await openTestCore(t);
  await sayAccepted(core, 'thr');
  const worker = await newWorker(core);
  await core.database.pool.query('DELETE FROM worker');
  await core.claims.beat(worker, 'test', 8);
  assert.ok(await core.claims.claim(worker));
});
