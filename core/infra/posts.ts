import { randomBytes } from 'node:crypto';
import type { QueuePlace } from '#core/chat/document.ts';
import type { PostFacts, Posts } from '#core/chat/posts-port.ts';
import { parseThreadRef } from '#core/chat/thread-ref.ts';
import { toRow } from '#core/events/appender.ts';
import { toEvent } from '#core/events/chain.ts';
import type { LoggedEvent } from '#core/events/log-row.ts';
import type { Signer } from '#core/events/signing.ts';
import type { EventBodies, EventType } from '#core/events/types.ts';
import { newId } from '#core/ids.ts';
import { type Database, type Queryable, transaction } from './database.ts';
import { appendRows } from './event-rows.ts';

const fields = `turn_id AS "turnId", slot, key, platform_id AS "platformId", content_hash AS "contentHash", state,
  to_char(edited_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS "editedAt"`;

/** What `begin_showing` gives; without a thread: there is nothing to show, or another process does. */
interface Begun {
  thread_ref: string | null;
  head_seq: number;
  events: LoggedEvent[] | null;
  posts: PostFacts[] | null;
  queue: (QueuePlace & { turnId: string })[] | null;
}

/** Posts on Postgres. A showing is a lease of 15 s on the session's thread, taken by one bots process. */
export function openPosts(database: Database, signer: Signer): Posts {
  const { pool } = database;

  const write = <T extends EventType>(
    db: Queryable,
    place: { sessionId: string; turnId: string },
    type: T,
    body: EventBodies[T],
  ) => {
    const draft = { ...place, epoch: null, type, key: null, body, at: new Date().toISOString() };
    return appendRows(db, [toRow({ draft, signed: true }, signer)]);
  };

  return {
    due: async (limit) => {
      const { rows } = await pool.query<{ id: string }>(
        `SELECT id FROM session WHERE shown_seq < head_seq AND (shown_until IS NULL OR shown_until < now())
         ORDER BY updated_at LIMIT $1`,
        [limit],
      );
      return rows.map((row) => row.id);
    },

    shown: async (sessionId) => {
      const { rows } = await pool.query<{ shown: number }>(
        'SELECT shown_seq AS shown FROM session WHERE id = $1',
        [sessionId],
      );
      return rows[0]?.shown ?? 0;
    },

    running: async (limit) => {
      const { rows } = await pool.query<{ sessionId: string; turnId: string }>(
        `SELECT session_id AS "sessionId", id AS "turnId" FROM turn WHERE state = 'running'
         ORDER BY started_at LIMIT $1`,
        [limit],
      );
      return rows;
    },

    begin: async (sessionId, by, turnId) => {
      const { rows } = await pool.query<Begun>({
        name: 'begin_showing',
        text: 'SELECT * FROM begin_showing($1, $2, $3)',
        values: [sessionId, by, turnId],
      });
      const begun = rows[0];
      if (!begun?.thread_ref) return null;
      return {
        sessionId,
        thread: parseThreadRef(begun.thread_ref),
        headSeq: begun.head_seq,
        events: (begun.events ?? []).map(toEvent),
        posts: begun.posts ?? [],
        queue: new Map((begun.queue ?? []).map(({ turnId, ...place }) => [turnId, place])),
      };
    },

    reserve: (sessionId, turnId, slot, contentHash) =>
      transaction(pool, async (db) => {
        const key = randomBytes(12).toString('hex');
        const { rows } = await db.query<PostFacts>(
          `INSERT INTO post (id, session_id, turn_id, slot, key, content_hash) VALUES ($1, $2, $3, $4, $5, $6)
           ON CONFLICT (turn_id, slot) DO UPDATE SET slot = excluded.slot RETURNING ${fields}`,
          [newId('pst'), sessionId, turnId, slot, key, contentHash],
        );
        const post = rows[0] as PostFacts;
        if (post.key === key) {
          await write(db, { sessionId, turnId }, 'post.intent', { slot, postKey: key });
        }
        return post;
      }),

    sent: (sessionId, post, platformId) =>
      transaction(pool, async (db) => {
        await db.query(`UPDATE post SET state = 'sent', platform_id = $2, edited_at = now() WHERE key = $1`, [
          post.key,
          platformId,
        ]);
        const { turnId, slot, key } = post;
        const body = { slot, postKey: key, platformId, outcome: 'sent' as const };
        await write(db, { sessionId, turnId }, 'post.receipt', body);
      }),

    remember: async (post, platformId) => {
      await pool.query('UPDATE post SET platform_id = $2 WHERE key = $1', [post.key, platformId]);
    },

    refused: (sessionId, post) =>
      transaction(pool, async (db) => {
        await db.query(`UPDATE post SET state = 'refused' WHERE key = $1`, [post.key]);
        const { turnId, slot, key } = post;
        const body = { slot, postKey: key, platformId: '', outcome: 'refused' as const };
        await write(db, { sessionId, turnId }, 'post.receipt', body);
      }),

    renew: async (showing, by) => {
      const { rowCount } = await pool.query(
        `UPDATE session SET shown_until = now() + interval '15 seconds'
         WHERE id = $1 AND shown_by = $2 AND shown_until > now()`,
        [showing.sessionId, by],
      );
      return rowCount === 1;
    },

    edited: async (post, contentHash) => {
      await pool.query('UPDATE post SET content_hash = $2, edited_at = now() WHERE key = $1', [
        post.key,
        contentHash,
      ]);
    },

    end: async (showing, by, shown) => {
      await pool.query({
        name: 'end_showing',
        text: `UPDATE session SET shown_until = NULL, shown_by = NULL, shown_seq = greatest(shown_seq, coalesce($3, 0))
          WHERE id = $1 AND shown_by = $2`,
        values: [showing.sessionId, by, shown],
      });
    },
  };
}
