import type { HealthCheck } from '#bots/http/deps.ts';
import { messageOf } from '#core/errors.ts';
import type { Database } from '#core/infra/database.ts';

/** What this role depends on, asked now. Never throws. */
export async function checkHealth({ pool }: Database): Promise<HealthCheck[]> {
  try {
    const { rows } = await pool.query<{ workers: number; waiting: number }>(
      `SELECT (SELECT count(*)::int FROM worker WHERE seen_at > now() - interval '6 seconds') AS workers,
              (SELECT count(*)::int FROM ready) AS waiting`,
    );
    const { workers = 0, waiting = 0 } = rows[0] ?? {};
    const worker =
      workers > 0
        ? { ok: true, detail: `${workers} at work, ${waiting} sessions waiting` }
        : {
            ok: false,
            detail:
              'none has been heard of for 6 s; start one with `npm start` or `npm start -- --role worker`',
          };
    return [
      { name: 'database', ok: true, detail: 'answers' },
      { name: 'worker', ...worker },
    ];
  } catch (error) {
    return [
      { name: 'database', ok: false, detail: `does not answer (${messageOf(error)}); see DATABASE_URL` },
    ];
  }
}
