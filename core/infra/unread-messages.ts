import type { UnreadMessage, UnreadMessages, UnreadOf } from '#core/chat/unread-port.ts';
import type { Database } from './database.ts';

const one = 'platform = $1 AND account = $2 AND channel = $3 AND message = $4';

/** Messages that wait for their keys, on Postgres. */
export function openUnreadMessages({ pool }: Database): UnreadMessages {
  const idOf = ({ platform, account }: UnreadOf, channel: string, message: string) => [
    ...[platform, account, channel, message],
  ];
  return {
    keep: async (of, { channel, message, event }) => {
      await pool.query(
        `INSERT INTO unread_message (platform, account, channel, message, event) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT DO NOTHING`,
        [...idOf(of, channel, message), event],
      );
    },
    list: async ({ platform, account }, limit) => {
      const { rows } = await pool.query<UnreadMessage>(
        `SELECT channel, message, event, told,
           (extract(epoch FROM now() - seen_at) * 1000)::float8 AS "waitsMs"
         FROM unread_message WHERE platform = $1 AND account = $2 ORDER BY seen_at, message LIMIT $3`,
        [platform, account, limit],
      );
      return rows;
    },
    told: async (of, channel, message) => {
      await pool.query(`UPDATE unread_message SET told = true WHERE ${one}`, idOf(of, channel, message));
    },
    drop: async (of, channel, message) => {
      await pool.query(`DELETE FROM unread_message WHERE ${one}`, idOf(of, channel, message));
    },
  };
}
