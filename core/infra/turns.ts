import { toRow } from '#core/events/appender.ts';
import { wellFormed, wellFormedDeep } from '#core/events/canonical.ts';
import type { Signer } from '#core/events/signing.ts';
import type { EventBodies, EventType, Person } from '#core/events/types.ts';
import type { TurnFacts, TurnSummary, Turns } from '#core/turns/ports.ts';
import type { TurnState } from '#core/turns/state.ts';
import { type Database, type Queryable, transaction } from './database.ts';
import { appendRows } from './event-rows.ts';
import { submitTurn } from './submit-turn.ts';

type Dated = Omit<TurnSummary, 'createdAt' | 'startedAt' | 'finishedAt'> & {
  createdAt: Date;
  startedAt: Date | null;
  finishedAt: Date | null;
};

/** Turns on Postgres. Every method that changes a turn is one transaction under its session's row lock. */
export function openTurns(database: Database, signer: Signer): Turns {
  const { pool, intake } = database;
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

  async function edit(db: Queryable, turnId: string, text: string, by: string): Promise<boolean> {
    const turn = await lock(db, turnId);
    if (turn?.state !== 'queued' || turn.text === wellFormed(text)) return false;
    await db.query('UPDATE turn SET text = $2 WHERE id = $1', [turn.turnId, wellFormed(text)]);
    await write(db, turn.sessionId, turn.turnId, 'turn.edited', { text, by });
    return true;
  }

  return {
    submit: (request) => submitTurn(intake, signer, request),

    edit: (platform, eventId, text, by) =>
      transaction(pool, async (db) => {
        const found = await readTurn(db, 'platform = $1 AND event_id = $2', [platform, eventId]);
        return found !== null && (await edit(db, found.turnId, text, by));
      }),

    editQueued: (turnId, text, by) => transaction(pool, (db) => edit(db, turnId, text, by)),

    move: (turnId, place, by, past) =>
      transaction(pool, async (db) => {
        const turn = await lock(db, turnId);
        if (turn?.state !== 'queued') return null;
        const rest = await queuedOf(db, turn.sessionId);
        const from = rest.findIndex((one) => one.turnId === turnId);
        const to = Math.min(Math.max(place, 1), rest.length) - 1;
        const overtaken = rest.slice(to, from);
        if (!past && overtaken.some(({ authorId }) => authorId !== turn.authorId)) return 'others';
        if (to === from) return 'moved';
        const order = rest.toSpliced(from, 1).toSpliced(to, 0, turn);
        // Two steps: on the way no two turns may have the same place.
        const ids = order.map((one) => one.turnId);
        await db.query('UPDATE turn SET seq = -seq WHERE id = ANY($1)', [ids]);
        await db.query(
          'UPDATE turn t SET seq = x.seq FROM unnest($1::text[], $2::int[]) AS x(id, seq) WHERE t.id = x.id',
          [ids, rest.map((one) => one.seq)],
        );
        await write(db, turn.sessionId, turnId, 'turn.moved', { by, place: to + 1 });
        await db.query('SELECT make_ready($1)', [turn.sessionId]);
        return 'moved';
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
    queued: (sessionId, limit) =>
      readTurns(pool, `session_id = $1 AND state = 'queued' ORDER BY seq LIMIT ${Number(limit)}`, [
        sessionId,
      ]),
    list: async (sessionId, before, limit) => {
      const { rows } = await pool.query<Dated>(
        `SELECT t.id AS "turnId", session_id AS "sessionId", seq, author_id AS "authorId", state, text,
           stop_requested_by IS NOT NULL AS "stopRequested", coalesce(u.name, author_id) AS "authorName",
           error_code AS "errorCode", t.created_at AS "createdAt", started_at AS "startedAt", finished_at AS "finishedAt"
         FROM turn t LEFT JOIN "user" u ON u.id = t.author_id
         WHERE session_id = $1 AND ($2::int IS NULL OR seq < $2) ORDER BY seq DESC LIMIT $3`,
        [sessionId, before, limit],
      );
      return rows.map((row) => ({
        ...row,
        createdAt: row.createdAt.toISOString(),
        startedAt: row.startedAt?.toISOString() ?? null,
        finishedAt: row.finishedAt?.toISOString() ?? null,
      }));
    },
    latest: (sessionId) => readTurn(pool, 'session_id = $1 ORDER BY seq DESC LIMIT 1', [sessionId]),
  };
}

function queuedOf(db: Queryable, sessionId: string): Promise<TurnFacts[]> {
  return readTurns(db, `session_id = $1 AND state = 'queued' ORDER BY seq`, [sessionId]);
}

async function readTurn(db: Queryable, where: string, values: string[]): Promise<TurnFacts | null> {
  return (await readTurns(db, where, values))[0] ?? null;
}

async function readTurns(db: Queryable, where: string, values: string[]): Promise<TurnFacts[]> {
  const { rows } = await db.query<TurnFacts & { state: TurnState }>(
    `SELECT id AS "turnId", session_id AS "sessionId", seq, author_id AS "authorId", state, text,
       stop_requested_by IS NOT NULL AS "stopRequested" FROM turn WHERE ${where}`,
    values,
  );
  return rows;
}
