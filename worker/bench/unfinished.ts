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

/** Waits as long as turns go on ending; the slowest machine is a result, a standstill is none. */
export async function untilAllEnded(pool: pg.Pool): Promise<void> {
  for (let left = await unfinished(pool); left > 0; ) {
    left = await until(
      async () => {
        const now = await unfinished(pool);
        return now < left ? now : null;
      },
      'the next turn to end',
      standstillMs,
    );
  }
}
