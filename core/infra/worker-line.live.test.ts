import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newWorker, openTestCore, sayAccepted, type TestCore } from '#core/testing/core.ts';
import { until } from '#core/testing/until.ts';

/** The backend that holds a worker's line; null while nobody does. */
async function holderOf({ database }: TestCore, worker: string): Promise<number | null> {
  const { rows } = await database.pool.query<{ pid: number }>(
    `SELECT pid FROM pg_locks, (SELECT worker_line($1) AS key) line WHERE locktype = 'advisory' AND granted
     AND (classid::bigint << 32 | objid::bigint) = key AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    [worker],
  );
  return rows[0]?.pid ?? null;
}

async function silentFor({ database }: TestCore, worker: string, seconds: number): Promise<void> {
  await database.pool.query('UPDATE worker SET seen_at = now() - make_interval(secs => $2) WHERE id = $1', [
    worker,
    seconds,
  ]);
}

/** A worker with a line and a turn. */
async function workerAtWork(core: TestCore) {
  const { sessionId } = await sayAccepted(core, 'thr');
  const worker = await newWorker(core);
  const line = core.claims.holdLine(worker);
  await until(() => holderOf(core, worker), 'the line to be held');
  await until(async () => {
    const { rows } = await core.database.pool.query('SELECT FROM worker WHERE id = $1 AND line', [worker]);
    return rows[0];
  }, 'the worker to say that it has a line');
  assert.equal((await core.claims.claim(worker))?.sessionId, sessionId);
  return { worker, line, sessionId };
}

test('a worker whose line nobody holds is dead after 3 s of silence, one whose line is held after 6', async (t) => {
  const core = await openTestCore(t);
  const { worker, line, sessionId } = await workerAtWork(core);
  await silentFor(core, worker, 4);
  assert.deepEqual(await core.claims.sweep(), [], 'late, but there');
  await line.close();
  await until(async () => ((await holderOf(core, worker)) === null ? true : null), 'the line to be free');
  await silentFor(core, worker, 2);
  assert.deepEqual(await core.claims.sweep(), [], 'its line may have been cut while it lives');
  await silentFor(core, worker, 4);
  assert.deepEqual(await core.claims.sweep(), [sessionId]);
});

test('I8: a machine that is gone without a word leaves its line standing: 6 s of silence are enough', async (t) => {
  const core = await openTestCore(t);
  const { worker, line, sessionId } = await workerAtWork(core);
  await silentFor(core, worker, 7);
  assert.deepEqual(await core.claims.sweep(), [sessionId]);
  await line.close();
});

test('a worker of the version before, which has no line, is dead after 6 s', async (t) => {
  const core = await openTestCore(t);
  const { sessionId } = await sayAccepted(core, 'thr');
  const worker = await newWorker(core);
  await core.claims.claim(worker);
  await silentFor(core, worker, 4);
  assert.deepEqual(await core.claims.sweep(), []);
  await silentFor(core, worker, 7);
  assert.deepEqual(await core.claims.sweep(), [sessionId]);
});

test('a line that is cut is made anew, and says that its worker lives', async (t) => {
  const core = await openTestCore(t);
  const { worker, line } = await workerAtWork(core);
  const first = await holderOf(core, worker);
  await silentFor(core, worker, 4);
  await core.database.pool.query('SELECT pg_terminate_backend($1)', [first]);
  await until(async () => {
    const now = await holderOf(core, worker);
    return now !== null && now !== first ? now : null;
  }, 'another connection to hold the line');
  await until(async () => {
    const { rows } = await core.database.pool.query(
      `SELECT FROM worker WHERE id = $1 AND seen_at > now() - interval '3 seconds'`,
      [worker],
    );
    return rows[0];
  }, 'the worker to be heard of');
  await line.close();
});
