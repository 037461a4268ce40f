import type { Snapshots } from '#core/sessions/snapshots-port.ts';
import type { Database } from './database.ts';

/** Snapshots on Postgres. */
export function openSnapshots({ pool }: Database): Snapshots {
  return {
    latest: async (sessionId) => {
      const { rows } = await pool.query<{ generation: number; blob: string; size: string }>(
        'SELECT generation, blob, size FROM snapshot WHERE session_id = $1',
        [sessionId],
      );
      return rows[0] ? { ...rows[0], size: Number(rows[0].size) } : null;
    },
    // One statement, so that of two hosts at once exactly one saves a generation.
    save: async (sessionId, { generation, blob, size }, host) => {
      const { rowCount } = await pool.query(
        `INSERT INTO snapshot (session_id, generation, blob, size, host, through)
         SELECT $1, $2, $3, $4, $5, (SELECT head_seq FROM session WHERE id = $1) WHERE $2 = 1 OR EXISTS (SELECT 1 FROM snapshot WHERE session_id = $1)
         ON CONFLICT (session_id) DO UPDATE
         SET generation = $2, blob = $3, size = $4, host = $5, saved_at = now(), through = excluded.through WHERE snapshot.generation = $2 - 1`,
        [sessionId, generation, blob, size, host],
      );
      return rowCount === 1;
    },
    stepsSince: async (sessionId) => {
      const { rows } = await pool.query<{ n: number }>(
        `SELECT count(*)::int AS n FROM turn t JOIN effect f ON f.turn_id = t.id
         LEFT JOIN snapshot s ON s.session_id = t.session_id
         WHERE t.session_id = $1 AND f.kind IN ('command', 'file') AND f.receipt_seq IS NOT NULL
           AND (s.session_id IS NULL OR f.receipt_seq > s.through)`,
        [sessionId],
      );
      return rows[0]?.n ?? 0;
    },
  };
}
