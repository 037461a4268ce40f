import type { Connections } from '#core/chat/connections-port.ts';
import type { Database } from './database.ts';

const lent = `now() + interval '6 seconds'`;
const ours = 'platform = $1 AND account = $2 AND held_by = $3 AND held_until > now()';

/** Connections on Postgres: the database's clock decides whose turn it is. */
export function openConnections({ pool }: Database): Connections {
  return {
    take: async ({ platform, account, by }) => {
      const { rows } = await pool.query<{ position: string | null; movedAt: Date | null }>(
        `INSERT INTO connection AS c (platform, account, held_by, held_until) VALUES ($1, $2, $3, ${lent})
         ON CONFLICT (platform, account) DO UPDATE SET held_by = $3, held_until = ${lent}
           WHERE c.held_until IS NULL OR c.held_until <= now() OR c.held_by = $3
         RETURNING position, moved_at AS "movedAt"`,
        [platform, account, by],
      );
      const row = rows[0];
      return row ? { position: row.position, movedAt: row.movedAt?.toISOString() ?? null } : null;
    },

    renew: async ({ platform, account, by }) => {
      const { rowCount } = await pool.query(`UPDATE connection SET held_until = ${lent} WHERE ${ours}`, [
        platform,
        account,
        by,
      ]);
      return rowCount === 1;
    },

    advance: async ({ platform, account, by }, position) => {
      const { rowCount } = await pool.query(
        `UPDATE connection SET position = $4, moved_at = now(), held_until = ${lent} WHERE ${ours}`,
        [platform, account, by, position],
      );
      return rowCount === 1;
    },

    release: async ({ platform, account, by }) => {
      await pool.query(`UPDATE connection SET held_by = NULL, held_until = NULL WHERE ${ours}`, [
        platform,
        account,
        by,
      ]);
    },
  };
}
