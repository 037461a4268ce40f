import { randomBytes } from 'node:crypto';
import type { DueNotice, Notice, Notices } from '#core/chat/notices-port.ts';
import { formatThreadRef, parseThreadRef } from '#core/chat/thread-ref.ts';
import { wellFormed } from '#core/events/canonical.ts';
import type { Database, Queryable } from './database.ts';

/** Keeps a notice, also inside a transaction that is the reason for it. False when it is known. */
export async function keepNotice(db: Queryable, { key, thread, text, cards = [] }: Notice): Promise<boolean> {
  const { rowCount } = await db.query(
    `INSERT INTO notice (key, platform, thread_ref, text, cards, post_key) VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT (key) DO NOTHING`,
    [
      ...[key, thread.platform, formatThreadRef(thread), wellFormed(text), wellFormed(JSON.stringify(cards))],
      randomBytes(12).toString('hex'),
    ],
  );
  return rowCount === 1;
}

/** Notices on Postgres. */
export function openNotices({ pool }: Database): Notices {
  return {
    keep: (notice) => keepNotice(pool, notice),

    kept: async (key) => {
      const { rowCount } = await pool.query('SELECT 1 FROM notice WHERE key = $1', [key]);
      return rowCount === 1;
    },
    mark: async (key, thread) => {
      await pool.query(
        `INSERT INTO notice (key, platform, thread_ref, text, post_key, state) VALUES ($1, $2, $3, '', $4, 'sent')
         ON CONFLICT (key) DO NOTHING`,
        [key, thread.platform, formatThreadRef(thread), randomBytes(12).toString('hex')],
      );
    },

    take: async (platforms, limit) => {
      const { rows } = await pool.query<
        Omit<DueNotice, 'thread' | 'cards'> & { threadRef: string; cards: string }
      >(
        `WITH taken AS (
           UPDATE notice SET next_at = now() + interval '30 seconds', attempts = attempts + 1 WHERE key IN
             (SELECT key FROM notice WHERE state = 'reserved' AND next_at <= now() AND platform = ANY($1)
              ORDER BY next_at LIMIT $2 FOR UPDATE SKIP LOCKED)
           RETURNING *)
         SELECT key, thread_ref AS "threadRef", text, cards, post_key AS "postKey", attempts AS attempt
         FROM taken ORDER BY created_at`,
        [platforms, limit],
      );
      return rows.map(({ threadRef, cards, ...row }) => ({
        ...row,
        cards: JSON.parse(cards),
        thread: parseThreadRef(threadRef),
      }));
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
