import { formatThreadRef, parseThreadRef } from '#core/chat/thread-ref.ts';
import { genesisHash, toEvent } from '#core/events/chain.ts';
import { newId } from '#core/ids.ts';
import type { SessionFacts, Sessions } from '#core/sessions/ports.ts';
import { type Database, transaction } from './database.ts';
import { readRecentRows, readRows, readSaidRows, readTurnRows } from './event-rows.ts';
import type { ArchivedRows } from './log-archive.ts';

interface Row {
  id: string;
  workspace_id: string;
  thread_ref: string;
  title: string;
  owner_id: string;
  template: string;
  head_seq: number;
  head_hash: string;
  created_at: Date;
  updated_at: Date;
  archived_at: Date | null;
  state: SessionFacts['state'];
}

const stateOf = `coalesce((SELECT t.state FROM turn t WHERE t.session_id = s.id
  AND t.state IN ('running','waiting','queued') ORDER BY t.seq LIMIT 1), 'idle')`;
const select = `SELECT s.*, ${stateOf} AS state FROM session s`;

/** Sessions and their logs, read from Postgres, or from the archive where a log lies there. */
export function openSessions({ pool }: Database, archive: ArchivedRows): Sessions {
  const read = async (rest: string, values: unknown[]) =>
    (await pool.query<Row>(`${select} ${rest}`, values)).rows.map(toFacts);
  const rowsOf = async (sessionId: string, after: number, limit: number) => {
    const rows = await readRows(pool, sessionId, after, limit);
    // The next row is missing: it is not written yet, or archived.
    if (rows[0]?.seq === after + 1) return rows;
    const archived = await archive.after(sessionId, after, limit);
    return archived.length > 0 ? archived : rows;
  };

  return {
    byId: async (sessionId) => {
      const text = `${select} WHERE s.id = $1`;
      const { rows } = await pool.query<Row>({ name: 'session_by_id', text, values: [sessionId] });
      return rows[0] ? toFacts(rows[0]) : null;
    },
    byThread: async (thread) => (await read('WHERE s.thread_ref = $1', [formatThreadRef(thread)]))[0] ?? null,
    list: (filter) => {
      const { platform, ownerId, template, search, seenBy, before, beforeId, limit, state, archived } =
        filter;
      return read(
        `WHERE ($1::text IS NULL OR s.platform = $1)
           AND ($2::timestamptz IS NULL OR (s.updated_at, s.id) < ($2, coalesce($3, '')))
           AND ($4::text IS NULL OR s.owner_id = $4) AND ($5::text IS NULL OR s.template = $5)
           AND ($6::text IS NULL OR strpos(lower(s.title), lower($6)) > 0)
           AND ($7::text IS NULL OR s.platform = 'console' OR s.owner_id = $7)
           AND ($8::boolean IS NULL OR (s.archived_at IS NOT NULL) = $8)
           AND ($9::text IS NULL OR $9 = ${stateOf})
         ORDER BY s.updated_at DESC, s.id DESC LIMIT $10`,
        [platform, before, beforeId, ownerId, template, search, seenBy, archived, state, limit].map(
          (value) => value ?? null,
        ),
      );
    },
    open: ({ thread, workspaceId, ownerId, title, template }) =>
      transaction(pool, async (db) => {
        const id = newId('ses');
        const threadRef = formatThreadRef(thread);
        await db.query(
          `INSERT INTO session (id, workspace_id, platform, thread_ref, title, owner_id, head_hash)
           VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (thread_ref) DO NOTHING`,
          [id, workspaceId, thread.platform, threadRef, title, ownerId, genesisHash(id)],
        );
        // Behind the insert: a trigger has chosen the channel's template there.
        const { rows } = await db.query<{ id: string }>(
          'UPDATE session SET template = $2 WHERE thread_ref = $1 RETURNING id',
          [threadRef, template],
        );
        return rows[0]?.id ?? id;
      }),
    set: async (sessionId, { title, archived }) => {
      await pool.query(
        `UPDATE session SET title = coalesce($2, title),
           archived_at = CASE WHEN $3::boolean IS NULL THEN archived_at WHEN $3 THEN coalesce(archived_at, now()) END
         WHERE id = $1`,
        [sessionId, title ?? null, archived ?? null],
      );
    },
    known: async (sessionIds) => {
      const { rows } = await pool.query<{ id: string }>(
        `SELECT id FROM session s WHERE id = ANY($1) AND (erased_at IS NULL
           OR EXISTS (SELECT FROM turn t WHERE t.session_id = s.id AND t.created_at > s.erased_at))`,
        [sessionIds],
      );
      return new Set(rows.map((row) => row.id));
    },
    rows: rowsOf,
    events: async (sessionId, after, limit) => (await rowsOf(sessionId, after, limit)).map(toEvent),
    recentEvents: async (sessionId, turns, beforeTurn) => {
      await archive.bringBack(sessionId);
      return (await readRecentRows(pool, sessionId, turns, beforeTurn ?? null)).map(toEvent);
    },
    turnEvents: async (turnId) => {
      const rows = await readTurnRows(pool, turnId);
      return (rows.length > 0 ? rows : await archive.ofTurn(turnId)).map(toEvent);
    },
    said: async (sessionId, beforeTurn) => {
      await archive.bringBack(sessionId);
      return (await readSaidRows(pool, sessionId, beforeTurn)).map(toEvent);
    },
    setTemplate: async (sessionId, template) => {
      await pool.query('UPDATE session SET template = $2 WHERE id = $1', [sessionId, template]);
    },
  };
}

function toFacts(row: Row): SessionFacts {
  return {
    sessionId: row.id,
    workspaceId: row.workspace_id,
    thread: parseThreadRef(row.thread_ref),
    title: row.title,
    ownerId: row.owner_id,
    template: row.template,
    headSeq: row.head_seq,
    headHash: row.head_hash,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
    archivedAt: row.archived_at?.toISOString() ?? null,
    state: row.state,
  };
}
