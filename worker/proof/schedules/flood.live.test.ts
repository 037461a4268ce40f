import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openTestCore, type TestCore } from '#core/testing/core.ts';
import { until } from '#core/testing/until.ts';

const processes = 5;
const owners = 100;
const schedules = 10_000;
/** One in so many opens a thread of its own; the others run in a thread of their owner's. */
const opening = 10;
/** The whole flood, on a machine that does other things too. */
const withinMs = 600_000;

/** Ten thousand schedules of a hundred people, due in the same moment. */
async function plant(core: TestCore): Promise<void> {
  const { pool } = core.database;
  await core.identities.localOwner();
  await pool.query(
    `INSERT INTO "user" (id, name) SELECT 'usr_' || n, 'person ' || n FROM generate_series(1, $1) n`,
    [owners],
  );
  await pool.query(
    `INSERT INTO identity (id, user_id, workspace_id, platform, account_id, name)
     SELECT 'idn_' || n, 'usr_' || n, (SELECT id FROM workspace LIMIT 1), 'console', 'usr_' || n, 'person ' || n
     FROM generate_series(1, $1) n`,
    [owners],
  );
  await pool.query(
    `INSERT INTO schedule (id, owner_id, account_id, thread_ref, source, text, rule, zone, words, overlap, run_mode, missed,
       state, next_due, next_at)
     SELECT 'sch_' || n, 'usr_' || (n % $2 + 1), 'usr_' || (n % $2 + 1), 'console/local/home/thr_' || (n % $2 + 1), 'test/' || n,
       'look ' || n, '{"expression":"0 0 1 1 *","kind":"cron"}', 'UTC', 'once a year', 'skip',
       CASE WHEN n % $3 = 0 THEN 'new_thread' ELSE 'same_thread' END, 'skip',
       'active', date_trunc('second', now()), date_trunc('second', now())
     FROM generate_series(1, $1) n`,
    [schedules, owners, opening],
  );
}

async function start(t: TestContext, core: TestCore): Promise<ChildProcess> {
  const child = fork(join(import.meta.dirname, 'scheduler-process.ts'), [core.databaseUrl, core.home], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  t.after(() => child.kill('SIGKILL'));
  await once(child, 'message');
  return child;
}

test(`I1: of ${processes} processes with ${schedules} due firings two are killed; each firing is one turn in one thread`, async (t) => {
  const core = await openTestCore(t);
  await plant(core);
  const began = Date.now();
  const children = await Promise.all(Array.from({ length: processes }, () => start(t, core)));
  const { pool } = core.database;
  const count = async (rows: string): Promise<number> =>
    (await pool.query<{ n: number }>(`SELECT count(*)::int AS n FROM ${rows}`)).rows[0]?.n ?? 0;

  // Killed when chance wants it: once in the first half, once in the second.
  for (const share of [0.05 + Math.random() * 0.4, 0.5 + Math.random() * 0.4]) {
    const turns = Math.floor(share * schedules);
    await until(
      async () => (await count('turn')) >= turns || null,
      `turn ${turns} of ${schedules}`,
      withinMs,
    );
    children.pop()?.kill('SIGKILL');
  }
  const submitted = `firing WHERE state = 'submitted'`;
  await until(async () => (await count(submitted)) === schedules || null, 'the last firing', withinMs);
  const turns = await count('turn');
  t.diagnostic(`${turns} turns in ${((Date.now() - began) / 1000).toFixed(1)} s`);
  const { rows } = await core.database.pool.query(
    `SELECT (SELECT count(*)::int FROM turn) AS turns,
       (SELECT count(DISTINCT split_part(event_id, '/', 2))::int FROM turn WHERE event_id LIKE 'firing/%') AS schedules,
       (SELECT count(*)::int FROM firing f JOIN turn t ON t.id = f.turn_id
          WHERE f.state = 'submitted' AND t.event_id LIKE 'firing/' || f.schedule_id || '/%') AS firings,
       (SELECT count(*)::int FROM session) AS sessions,
       (SELECT count(*)::int FROM console_message) AS lines,
       (SELECT count(*)::int FROM turn t JOIN schedule s ON s.id = split_part(t.event_id, '/', 2)
          WHERE t.author_id <> s.owner_id OR t.text <> s.text) AS strangers`,
  );
  assert.deepEqual(rows[0], {
    turns: schedules,
    schedules,
    firings: schedules,
    sessions: schedules / opening + owners * (1 - 1 / opening),
    // A line of ours begins each, in a thread of its own or in its owner's.
    lines: schedules,
    strangers: 0,
  });
});
