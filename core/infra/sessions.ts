import { formatThreadRef, parseThreadRef } from '#core/chat/thread-ref.ts';
import { toEvent } from '#core/events/chain.ts';
import type { SessionFacts, Sessions } from '#core/sessions/ports.ts';
import type { Database } from './database.ts';
import { readRecentRows, readRows, readSaidRows, readTurnRows } from './event-rows.ts';

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
  state: SessionFacts['state'];
}

const select = `SELECT s.*, coalesce((SELECT t.state FROM turn t WHERE t.session_id = s.id
  AND t.state IN ('running','waiting','queued') ORDER BY t.seq LIMIT 1), 'idle') AS state FROM session s`;

/** Sessions and their logs, read from Postgres. */
export function openSessions({ pool }: Database): Sessions {
  const read = async (rest: string, values: unknown[]) =>
    (await pool.query<Row>(`${select} ${rest}`, values)).rows.map(toFacts);

  return {
    byId: async (sessionId) => (await read('WHERE s.id = $1', [sessionId]))[0] ?? null,
    byThread: async (thread) => (await read('WHERE s.thread_ref = $1', [formatThreadRef(thread)]))[0] ?? null,
    list: ({ platform, before, limit }) =>
      read(
        `WHERE ($1::text IS NULL OR s.platform = $1) AND ($2::timestamptz IS NULL OR s.updated_at < $2)
         ORDER BY s.updated_at DESC LIMIT $3`,
        [platform ?? null, before ?? null, limit],
      ),
    known: async (sessionIds) => {
      const { rows } = await pool.query<{ id: string }>('SELECT id FROM session WHERE id = ANY($1)', [
        sessionIds,
      ]);
      return new Set(rows.map((row) => row.id));
    },
    rows: (sessionId, after, limit) => readRows(pool, sessionId, after, limit),
    events: async (sessionId, after, limit) => (await readRows(pool, sessionId, after, limit)).map(toEvent),
    recentEvents: async (sessionId, turns, beforeTurn) =>
      (await readRecentRows(pool, sessionId, turns, beforeTurn ?? null)).map(toEvent),
    turnEvents: async (turnId) => (await readTurnRows(pool, turnId)).map(toEvent),
    said: async (sessionId, beforeTurn) => (await readSaidRows(pool, sessionId, beforeTurn)).map(toEvent),
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
    state: row.state,
  };
}
