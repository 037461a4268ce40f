import { DeckhandError } from '#core/errors.ts';
import { toRow } from '#core/events/appender.ts';
import { wellFormedDeep } from '#core/events/canonical.ts';
import type { Signer } from '#core/events/signing.ts';
import type { EventBodies, EventType, Person } from '#core/events/types.ts';
import type { Claim } from '#core/turns/ports.ts';
import type { SteeredMessage, Steering, Steers } from '#core/turns/steers.ts';
import { type Database, type Queryable, transaction } from './database.ts';
import { appendRows } from './event-rows.ts';
import { underClaim } from './under-claim.ts';

/** A queued turn beside the one that runs in its session. */
interface Standing {
  sessionId: string;
  state: string;
  authorId: string;
  steers: string | null;
  into: string | null;
  waits: boolean;
  stopping: boolean;
  runsFor: string;
  runsForName: string;
}

/** Messages that one effect takes; the rest follows with the next. */
const maxTaken = 20;

const standing = `SELECT q.session_id AS "sessionId", q.state, q.author_id AS "authorId", q.steers, r.id AS into,
    r.state = 'waiting' AS waits, r.stop_requested_by IS NOT NULL AS stopping, r.author_id AS "runsFor", u.name AS "runsForName"
  FROM turn q LEFT JOIN turn r ON r.session_id = q.session_id AND r.state IN ('running','waiting')
  LEFT JOIN "user" u ON u.id = r.author_id WHERE q.id = $1`;

/** What a queued turn says: its words of now, its author and files as they came. */
const message = `SELECT q.id AS "turnId", q.text, e.body FROM turn q
  JOIN event e ON e.turn_id = q.id AND e.type = 'turn.submitted'`;

/** Steering on Postgres: asked for and consumed under the session's lock, so that it happens once and in one place. */
export function openSteers(database: Database, signer: Signer): Steers {
  const { pool } = database;

  async function write<T extends EventType>(
    db: Queryable,
    place: { sessionId: string; turnId: string; epoch: number | null },
    type: T,
    body: EventBodies[T],
    key: string | null = null,
  ): Promise<void> {
    const draft = { ...place, type, key, body: wellFormedDeep(body), at: new Date().toISOString() };
    await appendRows(db, [toRow({ draft, signed: true }, signer)]);
  }

  /** The message ends as a turn of its own, and stands in the log of the turn that it is told to. */
  async function consume(db: Queryable, claim: Claim, key: string, told: SteeredMessage): Promise<void> {
    const { sessionId, turnId: into, epoch } = claim;
    const { turnId: from, by, text, files } = told;
    await write(db, { sessionId, turnId: into, epoch }, 'turn.steered', { by, from, text, files }, key);
    await db.query(
      `UPDATE turn SET state = 'cancelled', steer_key = $2, finished_at = clock_timestamp() WHERE id = $1`,
      [from, key],
    );
    const ended = { by, reason: 'steered' as const, into };
    await write(db, { sessionId, turnId: from, epoch: null }, 'turn.cancelled', ended);
  }

  return {
    ask: (turnId, by) =>
      transaction(pool, async (db) => {
        await db.query(
          'SELECT 1 FROM session WHERE id = (SELECT session_id FROM turn WHERE id = $1) FOR NO KEY UPDATE',
          [turnId],
        );
        const [found] = (await db.query<Standing>(standing, [turnId])).rows;
        const steering = allowed(found, by);
        if (found?.steers === steering.into) return steering;
        await db.query('UPDATE turn SET steers = $2 WHERE id = $1', [turnId, steering.into]);
        const { sessionId, into } = steering;
        await write(db, { sessionId, turnId, epoch: null }, 'turn.steer_asked', { by, into });
        return steering;
      }),

    running: async (sessionId) => {
      const { rows } = await pool.query<{ turnId: string; userId: string; name: string }>(
        `SELECT t.id AS "turnId", u.id AS "userId", u.name FROM turn t JOIN "user" u ON u.id = t.author_id
         WHERE t.session_id = $1 AND t.state IN ('running','waiting')`,
        [sessionId],
      );
      const [found] = rows;
      return found ? { turnId: found.turnId, author: { userId: found.userId, name: found.name } } : null;
    },

    waiting: async (turnId) => {
      const text = `SELECT FROM turn WHERE steers = $1 AND state = 'queued' LIMIT 1`;
      return (await pool.query({ name: 'steers_waiting', text, values: [turnId] })).rowCount === 1;
    },

    take: (claim, key) =>
      underClaim(pool, claim, async (db) => {
        const before = await db.query<MessageRow>(
          `${message} WHERE q.steers = $1 AND q.steer_key = $2 ORDER BY q.seq`,
          [claim.turnId, key],
        );
        if (before.rows.length > 0) return before.rows.map(toMessage);
        const { rows } = await db.query<MessageRow>(
          `${message} JOIN turn r ON r.id = q.steers AND r.author_id = q.author_id
           WHERE q.steers = $1 AND q.state = 'queued' ORDER BY q.seq LIMIT ${maxTaken}`,
          [claim.turnId],
        );
        const taken = rows.map(toMessage);
        for (const told of taken) await consume(db, claim, key, told);
        return taken;
      }),
  };
}

interface MessageRow {
  turnId: string;
  text: string;
  body: string;
}

function toMessage({ turnId, text, body }: MessageRow): SteeredMessage {
  const { author, files } = JSON.parse(body) as EventBodies['turn.submitted'];
  return { turnId, by: author, text, files };
}

/** Only the author of what runs, and only with words of their own. @throws {DeckhandError} `steer.*` */
function allowed(found: Standing | undefined, by: Person): Steering {
  if (!found) throw refusal('unknown', 'This request is unknown here.');
  if (found.state !== 'queued')
    throw refusal('too_late', 'This does not wait any more: it has begun, has ended, or was told already.');
  if (!found.into) {
    throw refusal(
      'nothing_runs',
      'Nothing runs that this could be told to. It keeps its place in the queue.',
    );
  }
  if (found.runsFor !== by.userId || found.authorId !== by.userId) {
    throw refusal(
      'not_yours',
      `Only ${found.runsForName}, who asked for what runs now, can steer it, and only with words of their own. The request keeps its place in the queue.`,
    );
  }
  if (found.stopping) {
    throw refusal('nothing_runs', 'What runs is being stopped. The request is next when it has ended.');
  }
  return { sessionId: found.sessionId, into: found.into, waits: found.waits };
}

function refusal(code: string, message: string): DeckhandError {
  return new DeckhandError(`steer.${code}`, message, { blame: code === 'not_yours' ? 'policy' : 'asker' });
}
