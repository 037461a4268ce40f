import type { AuditLog } from '#core/audit/ports.ts';
import type { ErasedPerson } from '#core/events/erasure.ts';
import type { Signer } from '#core/events/signing.ts';
import type { Person } from '#core/events/types.ts';
import type { Blobs, OldBlobs } from '#core/files/ports.ts';
import type { ErasureFacts, Erasures } from '#core/identity/erasures-port.ts';
import { newId } from '#core/ids.ts';
import type { Turns } from '#core/turns/ports.ts';
import { type Database, type Queryable, transaction } from '../database.ts';
import type { ArchivedRows } from '../log-archive.ts';
import { lastOwner } from '../people.ts';
import { clearConsole, clearSaid } from './clear-console.ts';
import { clearNames, clearPerson, clearSession } from './clear-tables.ts';
import { eraseLog, SessionAtWork } from './erase-log.ts';
import { sweepBlobs } from './sweep-blobs.ts';

export interface ErasureDeps {
  database: Database;
  signer: Signer;
  blobs: Blobs & OldBlobs;
  archive: ArchivedRows;
  turns: Pick<Turns, 'stop'>;
  auditLog: Pick<AuditLog, 'erase'>;
  /** What was put into the blob store within this time may be about to be named. */
  graceMs?: number;
}

const hourMs = 3_600_000;
/** So long a thread may take to show that a turn was stopped. */
const shownWithinMs = 60_000;

interface Row {
  id: string;
  userId: string;
  askedBy: string;
  askedAt: Date;
  names: string;
  waitsFor: string | null;
  events: number;
  blobs: number;
  clearedAt: Date | null;
  doneAt: Date | null;
}

interface SessionRow {
  id: string;
  /** Nobody who is still here ever asked for anything there. */
  sole: boolean;
  turns: string[];
  archived: boolean;
  shown: boolean;
}

const select = `SELECT id, user_id AS "userId", asked_by AS "askedBy", asked_at AS "askedAt", names, waits_for AS "waitsFor",
  events, blobs, cleared_at AS "clearedAt", done_at AS "doneAt" FROM erasure`;

/** Erasures on Postgres and the blob store. */
export function openErasures(deps: ErasureDeps): Erasures {
  const { database, blobs, archive, graceMs = hourMs } = deps;
  const { pool } = database;
  /** A look at all logs is dear: what waits is looked at so often that it costs a twentieth of the time. */
  let restUntilMs = 0;

  const of = async (userId: string): Promise<ErasureFacts | null> => {
    const { rows } = await pool.query<Row>(`${select} WHERE user_id = $1`, [userId]);
    return rows[0] ? toFacts(rows[0]) : null;
  };

  /** Takes one as far as it goes; true when it is done. */
  async function goOnWith(row: Row): Promise<boolean> {
    if (row.clearedAt === null) {
      const waits = await clear(deps, row);
      await pool.query(
        `UPDATE erasure SET waits_for = $2, cleared_at = CASE WHEN $2::text IS NULL THEN now() END,
           names = CASE WHEN $2::text IS NULL THEN '[]' ELSE names END WHERE id = $1`,
        [row.id, waits],
      );
      if (waits !== null) return false;
    }
    // Swept twice: at once, and when whatever was put before it was clear has no grace left.
    const since = row.clearedAt === null ? graceMs : Date.now() - row.clearedAt.getTime();
    if (since < graceMs) return false;
    const removed = await sweepBlobs(pool, blobs, archive, graceMs);
    const { rowCount } = await pool.query(
      `UPDATE erasure SET blobs = blobs + $2, done_at = CASE WHEN cleared_at <= now() - $3 * interval '1 ms' THEN now() END
       WHERE id = $1 RETURNING done_at`,
      [row.id, removed, graceMs],
    );
    return rowCount === 1 && (await of(row.userId))?.state === 'done';
  }

  return {
    of,
    ask: async (userId, by) => {
      const asked = await transaction(pool, (db) => askOnce(db, userId, by.userId));
      return asked ? await of(userId) : null;
    },
    goOn: async () => {
      const { rows } = await pool.query<Row>(`${select} WHERE done_at IS NULL ORDER BY asked_at`);
      if (rows.length === 0 || Date.now() < restUntilMs) return [];
      const beganMs = Date.now();
      // One process at a time: two would do no harm, and the work twice.
      return (
        (await aloneWith(pool, async () => {
          const done: ErasureFacts[] = [];
          for (const row of rows) {
            const now = (await goOnWith(row)) ? await of(row.userId) : null;
            if (now) done.push(now);
          }
          restUntilMs = Date.now() + 20 * (Date.now() - beganMs);
          return done;
        })) ?? []
      );
    },
  };
}

async function askOnce(db: Queryable, userId: string, by: string): Promise<boolean> {
  // Two owners that erase each other at once would leave none.
  const owners = await db.query<{ id: string }>(
    `SELECT id FROM "user" WHERE role = 'owner' ORDER BY id FOR UPDATE`,
  );
  if (owners.rows.length === 1 && owners.rows[0]?.id === userId) throw lastOwner();
  // Also what they said under ids that were joined to theirs.
  const { rows } = await db.query<{ id: string; known: boolean; names: string[] }>(
    `WITH RECURSIVE same AS (SELECT id FROM "user" WHERE id = $1
       UNION SELECT u.id FROM "user" u JOIN same ON u.joined_into = same.id)
     SELECT u.id, EXISTS (SELECT FROM erasure e WHERE e.user_id = u.id) AS known,
       ARRAY(SELECT u.name UNION SELECT i.name FROM identity i WHERE i.user_id = u.id) AS names
     FROM "user" u WHERE u.id IN (SELECT id FROM same) ORDER BY u.id FOR UPDATE`,
    [userId],
  );
  for (const { id, names } of rows.filter(({ known }) => !known)) {
    await db.query('INSERT INTO erasure (id, user_id, asked_by, names) VALUES ($1, $2, $3, $4)', [
      ...[newId('era'), id, by, JSON.stringify(names)],
    ]);
    await clearPerson(db, id);
  }
  return rows.length > 0;
}

/** Clears logs and tables as far as nothing is under way there. Gives what it waits for, in words, or null. */
async function clear(deps: ErasureDeps, row: Row): Promise<string | null> {
  const { database, signer, archive } = deps;
  const { pool } = database;
  const person: ErasedPerson = { userId: row.userId, names: JSON.parse(row.names) as string[] };
  const stopping = await stopTurns(deps, row);
  if (stopping > 0) return `${stopping} of their turns that are being stopped`;
  const hasTime = Date.now() - row.askedAt.getTime() < shownWithinMs;
  let busy = 0;
  for (const session of await sessionsWith(pool, archive, row.userId)) {
    if (!session.shown && hasTime) {
      busy += 1;
      continue;
    }
    if (session.archived) await archive.bringBack(session.id);
    const turns = new Set(session.turns);
    const erasure = { erasureId: row.id, by: row.askedBy, person, sessionId: session.id, turns };
    try {
      const events = await eraseLog(database, signer, { ...erasure, sole: session.sole });
      await transaction(pool, (db) => afterLog(db, row.id, person, session, events));
    } catch (error) {
      if (!(error instanceof SessionAtWork)) throw error;
      busy += 1;
    }
  }
  await transaction(pool, async (db) => {
    await clearNames(db, row.userId);
    await clearSaid(db, person);
  });
  const asker = await askerOf(pool, row);
  await deps.auditLog.erase(row.userId, row.id, asker);
  return busy > 0 ? `${busy} threads in which something is under way` : null;
}

async function stopTurns({ database, turns }: ErasureDeps, row: Row): Promise<number> {
  const { rows } = await database.pool.query<{ id: string }>(
    `SELECT id FROM turn WHERE author_id = $1 AND state IN ('queued', 'running', 'waiting')`,
    [row.userId],
  );
  const asker = await askerOf(database.pool, row);
  let left = 0;
  for (const { id } of rows) if ((await turns.stop(id, asker)) === 'stopping') left += 1;
  return left;
}

async function askerOf(pool: Database['pool'], { askedBy }: Row): Promise<Person> {
  const { rows } = await pool.query<{ name: string }>('SELECT name FROM "user" WHERE id = $1', [askedBy]);
  return { userId: askedBy, name: rows[0]?.name ?? askedBy };
}

/** Every session that names them anywhere. Archived logs are read, one after the other. */
async function sessionsWith(
  pool: Database['pool'],
  archive: ArchivedRows,
  userId: string,
): Promise<SessionRow[]> {
  const archived = await pool.query<{ id: string }>('SELECT session_id AS id FROM log_archive');
  const naming: string[] = [];
  for (const { id } of archived.rows)
    if ((await archive.after(id, 0, Number.POSITIVE_INFINITY)).some(({ body }) => body.includes(userId)))
      naming.push(id);
  const { rows } = await pool.query<SessionRow>(
    `SELECT s.id, s.shown_seq >= s.head_seq AS shown, a.session_id IS NOT NULL AS archived,
       s.owner_id IN (SELECT user_id FROM erasure) AND NOT EXISTS (SELECT FROM turn t
         WHERE t.session_id = s.id AND t.author_id NOT IN (SELECT user_id FROM erasure)) AS sole,
       ARRAY(SELECT t.id FROM turn t WHERE t.session_id = s.id AND t.author_id = $1) AS turns
     FROM session s LEFT JOIN log_archive a ON a.session_id = s.id
     WHERE s.owner_id = $1 OR s.id = ANY($2) OR EXISTS (SELECT FROM turn t WHERE t.session_id = s.id AND t.author_id = $1)
       OR s.id IN (SELECT session_id FROM event WHERE strpos(body, $1) > 0)
     ORDER BY s.id`,
    [userId, naming],
  );
  return rows;
}

async function afterLog(
  db: Queryable,
  erasureId: string,
  person: ErasedPerson,
  session: SessionRow,
  events: number,
): Promise<void> {
  // The session's lock first, as everywhere.
  await db.query('SELECT FROM session WHERE id = $1 FOR NO KEY UPDATE', [session.id]);
  await clearSession(db, session);
  await clearConsole(db, person, session);
  await db.query('UPDATE erasure SET events = events + $2 WHERE id = $1', [erasureId, events]);
}

/** Null: another process is at it. The lock goes with its connection. */
async function aloneWith<T>(pool: Database['pool'], work: () => Promise<T>): Promise<T | null> {
  const client = await pool.connect();
  try {
    const key = `hashtextextended('erasures', 0)`;
    const { rows } = await client.query<{ got: boolean }>(`SELECT pg_try_advisory_lock(${key}) AS got`);
    if (!rows[0]?.got) return null;
    try {
      return await work();
    } finally {
      await client.query(`SELECT pg_advisory_unlock(${key})`);
    }
  } finally {
    client.release();
  }
}

function toFacts(row: Row): ErasureFacts {
  const { id, userId, askedBy, askedAt, waitsFor, events, blobs, clearedAt, doneAt } = row;
  return {
    ...{ erasureId: id, userId, askedBy, askedAt: askedAt.toISOString(), waitsFor, events, blobs },
    state: doneAt ? 'done' : clearedAt ? 'sweeping' : 'clearing',
    doneAt: doneAt?.toISOString() ?? null,
  };
}
