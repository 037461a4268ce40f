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
        `INSERT INTO snapshot (session_id, generation, blob, size, host)
         SELECT $1, $2, $3, $4, $5 WHERE $2 = 1 OR EXISTS (SELECT 1 FROM snapshot WHERE session_id = $1)
         ON CONFLICT (session_id) DO UPDATE
         SET generation = $2, blob = $3, size = $4, host = $5, saved_at = now() WHERE snapshot.generation = $2 - 1`,
        [sessionId, generation, blob, size, host],
      );
      return rowCount === 1;
    },
  };
}
