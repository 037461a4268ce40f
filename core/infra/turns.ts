import type pg from 'pg';
import { formatThreadRef } from '#core/chat/thread-ref.ts';
import { DeckhandError } from '#core/errors.ts';
import { toRow } from '#core/events/appender.ts';
import { wellFormed, wellFormedDeep } from '#core/events/canonical.ts';
import { genesisHash } from '#core/events/chain.ts';
import type { Signer } from '#core/events/signing.ts';
import type { EventBodies, EventType, Person } from '#core/events/types.ts';
import { newId } from '#core/ids.ts';
import { defaultTemplate } from '#core/templates/shipped.ts';
import type { Submitted, TurnFacts, TurnRequest, Turns } from '#core/turns/ports.ts';
import type { TurnState } from '#core/turns/state.ts';
import { type Database, type Queryable, transaction } from './database.ts';
import { appendRows } from './event-rows.ts';

/** Turns on Postgres. Every method that changes a turn is one transaction under its session's row lock. */
export function openTurns(database: Database, signer: Signer): Turns {
  const { pool } = database;
  const now = () => new Date().toISOString();

  async function write<T extends EventType>(
    db: Queryable,
    sessionId: string,
    turnId: string,
    type: T,
    body: EventBodies[T],
  ) {
    const draft = { sessionId, turnId, epoch: null, type, key: null, body: wellFormedDeep(body), at: now() };
    await appendRows(db, [toRow({ draft, signed: true }, signer)]);
  }

  /** Locks the turn's session, then reads the turn: what it says stands until the transaction ends. */
  async function lock(db: Queryable, turnId: string): Promise<TurnFacts | null> {
    await db.query(
      'SELECT 1 FROM session WHERE id = (SELECT session_id FROM turn WHERE id = $1) FOR NO KEY UPDATE',
      [turnId],
    );
    await db.query('SELECT lock_lanes(ARRAY[session_id]) FROM turn WHERE id = $1', [turnId]);
    return readTurn(db, 'id = $1', [turnId]);
  }

  async function cancel(db: Queryable, turn: TurnFacts, by: Person, reason: 'stopped' | 'deleted') {
    await db.query(`UPDATE turn SET state = 'cancelled', finished_at = now() WHERE id = $1`, [turn.turnId]);
    await db.query(
      `UPDATE approval SET state = 'expired', decided_at = now() WHERE turn_id = $1 AND state = 'open'`,
      [turn.turnId],
    );
    await write(db, turn.sessionId, turn.turnId, 'turn.cancelled', { by, reason });
    await db.query('SELECT make_ready($1)', [turn.sessionId]);
  }

  return {
    submit: (request) => transaction(pool, (db) => submit(db, request, write)),

    edit: (platform, eventId, text, by) =>
      transaction(pool, async (db) => {
        const found = await readTurn(db, 'platform = $1 AND event_id = $2', [platform, eventId]);
        const turn = found && (await lock(db, found.turnId));
        if (turn?.state !== 'queued' || turn.text === wellFormed(text)) return false;
        await db.query('UPDATE turn SET text = $2 WHERE id = $1', [turn.turnId, wellFormed(text)]);
        await write(db, turn.sessionId, turn.turnId, 'turn.edited', { text, by });
        return true;
      }),

    cancelQueued: (turnId, by, reason) =>
      transaction(pool, async (db) => {
        const turn = await lock(db, turnId);
        if (turn?.state !== 'queued') return false;
        await cancel(db, turn, by, reason);
        return true;
      }),

    stop: (turnId, by) =>
      transaction(pool, async (db) => {
        const turn = await lock(db, turnId);
        if (turn?.state === 'queued' || turn?.state === 'waiting') {
          await cancel(db, turn, by, 'stopped');
          return 'cancelled';
        }
        if (turn?.state !== 'running') return null;
        if (!turn.stopRequested) {
          await db.query('UPDATE turn SET stop_requested_by = $2 WHERE id = $1', [
            turnId,
            JSON.stringify(by),
          ]);
          await write(db, turn.sessionId, turnId, 'turn.stop_requested', { by });
        }
        return 'stopping';
      }),

    byId: (turnId) => readTurn(pool, 'id = $1', [turnId]),
    byMessage: (platform, eventId) => readTurn(pool, 'platform = $1 AND event_id = $2', [platform, eventId]),
    current: (sessionId) =>
      readTurn(pool, `session_id = $1 AND state IN ('running','waiting','queued') ORDER BY seq LIMIT 1`, [
        sessionId,
      ]),
  };
}

type WriteEvent = <T extends EventType>(
  db: Queryable,
  sessionId: string,
  turnId: string,
  type: T,
  body: EventBodies[T],
) => Promise<void>;

async function submit(db: pg.PoolClient, request: TurnRequest, write: WriteEvent): Promise<Submitted> {
  const { sessionId, opened } = await lockSession(db, request);
  const known = await readTurn(db, 'platform = $1 AND event_id = $2', [
    request.thread.platform,
    request.eventId,
  ]);
  if (known) return { kind: 'duplicate', sessionId: known.sessionId, turnId: known.turnId, ahead: 0 };
  if (!sessionId) return { kind: 'no_session' };

  const waiting = await count(db, `author_id = $1 AND state = 'queued'`, request.author.userId);
  if (waiting >= request.maxQueued) {
    // A refusal leaves no thread behind that nobody has ever been heard in.
    if (opened) await db.query('DELETE FROM session WHERE id = $1', [sessionId]);
    return { kind: 'queue_full', waiting };
  }
  const ahead = await count(db, `session_id = $1 AND state IN ('queued','running','waiting')`, sessionId);

  const turnId = newId('trn');
  await db.query(
    `INSERT INTO turn (id, session_id, seq, author_id, platform, event_id, text)
     SELECT $1, $2, coalesce(max(seq), 0) + 1, $3, $4, $5, $6 FROM turn WHERE session_id = $2`,
    [
      turnId,
      sessionId,
      request.author.userId,
      request.thread.platform,
      request.eventId,
      wellFormed(request.text),
    ],
  );
  if (request.files.length > 0) {
    const taken = await db.query(
      'UPDATE file SET turn_id = $1 WHERE id = ANY($2) AND turn_id IS NULL AND created_by = $3',
      [turnId, request.files.map((file) => file.id), request.author.userId],
    );
    if (taken.rowCount !== request.files.length) throw takenFile();
  }
  await write(db, sessionId, turnId, 'turn.submitted', {
    author: request.author,
    text: request.text,
    files: request.files,
    platform: request.thread.platform,
    eventId: request.eventId,
    sentAt: request.sentAt,
  });
  await db.query('SELECT make_ready($1)', [sessionId]);
  return { kind: 'accepted', sessionId, turnId, ahead };
}

/** The thread's session, locked; opened when the message may open one. */
async function lockSession(
  db: pg.PoolClient,
  request: TurnRequest,
): Promise<{ sessionId: string | null; opened: boolean }> {
  const ref = formatThreadRef(request.thread);
  let opened = false;
  if (request.opens) {
    const id = newId('ses');
    const inserted = await db.query(
      `INSERT INTO session (id, workspace_id, platform, thread_ref, title, owner_id, head_hash, template)
       VALUES ($1, $2, $3, $4, $5, $6, $7, coalesce((SELECT template FROM template_choice
         WHERE workspace_id = $2 AND channel IN ($8, '') ORDER BY channel DESC LIMIT 1), $9))
       ON CONFLICT (thread_ref) DO NOTHING`,
      [
        id,
        request.workspaceId,
        request.thread.platform,
        ref,
        titleOf(request.text),
        request.author.userId,
        genesisHash(id),
        request.thread.channel,
        defaultTemplate,
      ],
    );
    opened = inserted.rowCount === 1;
  }
  const { rows } = await db.query<{ id: string }>(
    'SELECT id FROM session WHERE thread_ref = $1 FOR NO KEY UPDATE',
    [ref],
  );
  return { sessionId: rows[0]?.id ?? null, opened };
}

function takenFile(): DeckhandError {
  return new DeckhandError('file.taken', 'A file of this message belongs to another one. Attach it again.', {
    blame: 'asker',
  });
}

/** The first line of a message, cut to a list's width. */
function titleOf(text: string): string {
  const line = wellFormed(text).trim().split('\n', 1)[0] ?? '';
  return line.length > 80 ? `${line.slice(0, 79).toWellFormed()}…` : line;
}

async function count(db: Queryable, where: string, value: string): Promise<number> {
  const { rows } = await db.query<{ n: number }>(`SELECT count(*)::int AS n FROM turn WHERE ${where}`, [
    value,
  ]);
  return rows[0]?.n ?? 0;
}

async function readTurn(db: Queryable, where: string, values: string[]): Promise<TurnFacts | null> {
  const { rows } = await db.query<TurnFacts & { state: TurnState }>(
    `SELECT id AS "turnId", session_id AS "sessionId", seq, author_id AS "authorId", state, text,
       stop_requested_by IS NOT NULL AS "stopRequested" FROM turn WHERE ${where}`,
    values,
  );
  return rows[0] ?? null;
}
