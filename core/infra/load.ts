import type { FailedTurn, Load, LoadFacts, WorkerFacts } from '#core/load/ports.ts';
import type { Database } from './database.ts';

/** Load as Postgres knows it: the same on every process. */
export function openLoad({ pool }: Database): Load {
  return {
    workers: async () => {
      const { rows } = await pool.query<Dated<WorkerFacts, 'startedAt' | 'seenAt'>>(
        `SELECT w.id AS "workerId", w.host, w.slots, w.started_at AS "startedAt", w.seen_at AS "seenAt",
           w.seen_at > now() - interval '6 seconds' AS alive,
           (SELECT count(*)::int FROM turn t WHERE t.worker_id = w.id AND t.state = 'running') AS running
         FROM worker w ORDER BY w.started_at`,
      );
      return rows.map((row) => ({
        ...row,
        startedAt: row.startedAt.toISOString(),
        seenAt: row.seenAt.toISOString(),
      }));
    },

    now: async () => {
      const { rows } = await pool.query<LoadFacts>(
        `SELECT (SELECT count(*)::int FROM turn WHERE state = 'queued') AS queued,
           (SELECT count(*)::int FROM turn WHERE state = 'running') AS running,
           (SELECT count(*)::int FROM turn WHERE state = 'waiting') AS waiting,
           (SELECT count(*)::int FROM approval WHERE state = 'open') AS "openApprovals",
           (SELECT count(*)::int FROM session) AS sessions, (SELECT count(*)::int FROM "user") AS people,
           ended.*, door.*
         FROM (SELECT count(*) FILTER (WHERE state = 'succeeded')::int AS succeeded,
             count(*) FILTER (WHERE state = 'failed')::int AS failed,
             count(*) FILTER (WHERE state = 'cancelled')::int AS cancelled
           FROM turn WHERE finished_at > now() - interval '1 hour') ended,
           (SELECT count(*) FILTER (WHERE outcome = 'passed')::int AS passed,
             count(*) FILTER (WHERE outcome = 'refused')::int AS refused,
             count(*) FILTER (WHERE outcome = 'failed')::int AS broken
           FROM egress_log WHERE at > $1) door`,
        [new Date(Date.now() - 3_600_000).toISOString()],
      );
      return rows[0] as LoadFacts;
    },

    failures: async (sinceMs, limit) => {
      const { rows } = await pool.query<Dated<FailedTurn, 'finishedAt'>>(
        `SELECT id AS "turnId", session_id AS "sessionId", author_id AS "authorId", error_code AS code,
           finished_at AS "finishedAt"
         FROM turn WHERE state = 'failed' AND finished_at > $1 ORDER BY finished_at DESC LIMIT $2`,
        [new Date(Date.now() - sinceMs), limit],
      );
      return rows.map((row) => ({ ...row, finishedAt: row.finishedAt.toISOString() }));
    },

    hourly: async (hours) => {
      const { rows } = await pool.query<{ hour: Date; turns: number; failed: number }>(
        `SELECT h AS hour, count(t.id)::int AS turns, count(t.id) FILTER (WHERE t.state = 'failed')::int AS failed
         FROM generate_series(date_trunc('hour', now()) - make_interval(hours => $1 - 1), date_trunc('hour', now()),
           interval '1 hour') h
         LEFT JOIN turn t ON t.created_at >= h AND t.created_at < h + interval '1 hour' GROUP BY h ORDER BY h`,
        [hours],
      );
      return rows.map(({ hour, ...counts }) => ({ hour: hour.toISOString(), ...counts }));
    },
  };
}

type Dated<T, Keys extends keyof T> = Omit<T, Keys> & Record<Keys, Date>;
