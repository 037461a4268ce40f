import { randomBytes } from 'node:crypto';
import type { DueNotice, Notice, Notices } from '#core/chat/notices-port.ts';
import { formatThreadRef, parseThreadRef } from '#core/chat/thread-ref.ts';
import { wellFormed } from '#core/events/canonical.ts';
import type { Database, Queryable } from './database.ts';

/** Keeps a notice, also inside a transaction that is the reason for it. False when it is known. */
export async function keepNotice(db: Queryable, { key, thread, text }: Notice): Promise<boolean> {
  const { rowCount } = await db.query(
    `INSERT INTO notice (key, platform, thread_ref, text, post_key) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (key) DO NOTHING`,
    [key, thread.platform, formatThreadRef(thread), wellFormed(text), randomBytes(12).toString('hex')],
  );
  return rowCount === 1;
}

/** Notices on Postgres. */
export function openNotices({ pool }: Database): Notices {
  return {
    keep: (notice) => keepNotice(pool, notice),

    take: async (platforms, limit) => {
      const { rows } = await pool.query<Omit<DueNotice, 'thread'> & { threadRef: string }>(
        `UPDATE notice SET next_at = now() + interval '30 seconds', attempts = attempts + 1 WHERE key IN
           (SELECT key FROM notice WHERE state = 'reserved' AND next_at <= now() AND platform = ANY($1)
            ORDER BY next_at LIMIT $2 FOR UPDATE SKIP LOCKED)
         RETURNING key, thread_ref AS "threadRef", text, post_key AS "postKey", attempts AS attempt`,
        [platforms, limit],
      );
      return rows.map(({ threadRef, ...row }) => ({ ...row, thread: parseThreadRef(threadRef) }));
    },

    said: async (key, platformId) => {
      await pool.query(`UPDATE notice SET state = 'sent', platform_id = $2 WHERE key = $1`, [
        key,
        platformId,
      ]);
    },
    refused: async (key) => {
      await pool.query(`UPDATE notice SET state = 'refused' WHERE key = $1`, [key]);
    },
    postpone: async (key, ms) => {
      await pool.query(`UPDATE notice SET next_at = now() + $2 * interval '1 millisecond' WHERE key = $1`, [
        key,
        ms,
      ]);
    },
  };
}
