import type { Presence } from '#core/chat/presence-port.ts';
import type { Database } from './database.ts';

/** Presence on Postgres. */
export function openPresence({ pool }: Database): Presence {
  return {
    seen: async (platform, workspace) => {
      const { rows } = await pool.query<{ seenAt: Date }>(
        `SELECT seen_at AS "seenAt" FROM presence WHERE platform = $1 AND workspace = $2`,
        [platform, workspace],
      );
      return rows[0]?.seenAt ?? null;
    },
    mark: async (platform, workspace, at) => {
      await pool.query(
        `INSERT INTO presence (platform, workspace, seen_at) VALUES ($1, $2, $3)
         ON CONFLICT (platform, workspace) DO UPDATE SET seen_at = greatest(presence.seen_at, excluded.seen_at)`,
        [platform, workspace, at],
      );
    },
  };
}
