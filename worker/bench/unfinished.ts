import type pg from 'pg';
import { until } from '#core/testing/until.ts';

/** Turns that have not ended. */
export async function unfinished(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query<{ n: number }>(
    `SELECT count(*)::int AS n FROM turn WHERE state IN ('queued', 'running', 'waiting')`,
  );
  return rows[0]?.n ?? 0;
}

/** Beyond any wait of a turn for a worker, also where processes take half a minute to start. */
const standstillMs = 120_000;

/**
 * Waits as long as turns go on ending; the slowest machine is a result, a standstill is none.
 * @throws after a standstill, saying what stands
 */
export async function untilAllEnded(pool: pg.Pool): Promise<void> {
  for (let left = await unfinished(pool); left > 0; ) {
    left = await until(
      async () => {
        const now = await unfinished(pool);
        return now < left ? now : null;
      },
      'the next turn to end',
      standstillMs,
    ).catch(async (error: Error) => {
      throw new Error(`${error.message}\n${await whatStands(pool)}`);
    });
  }
}

/** Turns that have not ended and who holds them, workers, and statements that wait: enough to find out why nothing moves. */
async function whatStands(pool: pg.Pool): Promise<string> {
  const looks = [
    `SELECT t.id AS turn, t.state, t.epoch, t.worker_id AS worker, w.seen_at AS seen, r.since AS ready, l.running, l.cap,
       (SELECT type || ' ' || at FROM event e WHERE e.turn_id = t.id ORDER BY e.seq DESC LIMIT 1) AS last
     FROM turn t LEFT JOIN worker w ON w.id = t.worker_id LEFT JOIN ready r ON r.session_id = t.session_id
     LEFT JOIN lane l ON l.author_id = t.author_id WHERE t.state IN ('queued', 'running', 'waiting') LIMIT 40`,
    `SELECT id AS worker, (now() - seen_at)::text AS silent FROM worker WHERE seen_at > now() - interval '5 minutes'`,
    `SELECT pid, state, (now() - state_change)::text AS since, wait_event_type, wait_event, pg_blocking_pids(pid) AS behind,
       left(query, 100) AS query FROM pg_stat_activity WHERE datname = current_database() AND state <> 'idle'`,
  ];
  const answers = await Promise.all(looks.map((text) => pool.query(text)));
  return answers.flatMap(({ rows }) => rows.map((row) => JSON.stringify(row))).join('\n');
}
