import type { UnplacedRow } from '#core/events/appender.ts';
import type { LogRow } from '#core/events/log-row.ts';
import type { Queryable } from './database.ts';

/** One call of the database's `append_events`; the only way into the log. */
export async function appendRows(db: Queryable, rows: UnplacedRow[]): Promise<number[]> {
  const { rows: answer } = await db.query<{ seqs: number[] }>({
    name: 'append_events',
    text: 'SELECT append_events($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13) AS seqs',
    values: [
      rows.map((row) => row.sessionId),
      rows.map((row) => row.turnId),
      rows.map((row) => row.epoch),
      rows.map((row) => row.type),
      rows.map((row) => row.key),
      rows.map((row) => row.body),
      rows.map((row) => row.contentHash),
      rows.map((row) => row.keyId),
      rows.map((row) => row.signature),
      rows.map((row) => row.at),
      rows.map((row) => row.effect?.state ?? null),
      rows.map((row) => row.effect?.kind ?? null),
      rows.map((row) => row.effect?.fingerprint ?? null),
    ],
  });
  return answer[0]?.seqs ?? [];
}

const columns = `session_id AS "sessionId", seq, turn_id AS "turnId", epoch, type, key, body,
  content_hash AS "contentHash", prev_hash AS "prevHash", hash, key_id AS "keyId", signature, at`;

/** Puts rows back that were archived; the session is locked by the caller. */
export async function putBackRows(db: Queryable, rows: LogRow[]): Promise<void> {
  await db.query(
    `INSERT INTO event (session_id, seq, turn_id, epoch, type, key, body, content_hash, prev_hash, hash, key_id, signature, at)
     SELECT "sessionId", seq, "turnId", epoch, type, key, body, "contentHash", "prevHash", hash, "keyId", signature, at
     FROM json_to_recordset($1::json) AS x("sessionId" text, seq int, "turnId" text, epoch int, type text, key text, body text,
       "contentHash" text, "prevHash" text, hash text, "keyId" text, signature text, at text)`,
    [JSON.stringify(rows)],
  );
}

/** Rows with seq > after, in order. */
export async function readRows(
  db: Queryable,
  sessionId: string,
  after: number,
  limit: number,
): Promise<LogRow[]> {
  const text = `SELECT ${columns} FROM event WHERE session_id = $1 AND seq > $2 ORDER BY seq LIMIT $3`;
  return (await db.query<LogRow>({ name: 'read_rows', text, values: [sessionId, after, limit] })).rows;
}

/** All rows of one turn, in order. */
export async function readTurnRows(db: Queryable, turnId: string): Promise<LogRow[]> {
  const text = `SELECT ${columns} FROM event WHERE turn_id = $1 ORDER BY seq`;
  return (await db.query<LogRow>({ name: 'read_turn_rows', text, values: [turnId] })).rows;
}

/** All rows of the last `turns` turns of a session, or of those before a given one, in order. */
export async function readRecentRows(
  db: Queryable,
  sessionId: string,
  turns: number,
  beforeTurn: string | null,
): Promise<LogRow[]> {
  const text = `SELECT ${columns} FROM event WHERE session_id = $1 AND turn_id IN
    (SELECT id FROM turn WHERE session_id = $1 AND ($3::text IS NULL OR seq < (SELECT seq FROM turn WHERE id = $3))
     ORDER BY seq DESC LIMIT $2) ORDER BY seq`;
  return (await db.query<LogRow>({ name: 'read_recent_rows', text, values: [sessionId, turns, beforeTurn] }))
    .rows;
}

/**
 * What was said before a turn, from the newest summary on. A turn counts by its end: it may have been asked for long
 * before the summary that does not cover it.
 */
export async function readSaidRows(db: Queryable, sessionId: string, beforeTurn: string): Promise<LogRow[]> {
  const text = `WITH before AS (SELECT seq FROM turn WHERE id = $2),
    summary AS (
      SELECT e.seq, (e.body::json #>> '{result,inline,throughSeq}')::int AS through FROM event e
      JOIN effect f ON f.turn_id = e.turn_id AND f.key = e.key AND f.state = 'done'
      JOIN turn t ON t.id = e.turn_id AND t.seq < (SELECT seq FROM before)
      WHERE e.session_id = $1 AND e.type = 'effect.receipt' AND e.key = 'summary:0' ORDER BY e.seq DESC LIMIT 1),
    told AS (
      SELECT e.turn_id FROM event e JOIN turn t ON t.id = e.turn_id AND t.seq < (SELECT seq FROM before)
      WHERE e.session_id = $1 AND e.type = 'turn.finished' AND e.seq > coalesce((SELECT through FROM summary), 0))
    SELECT ${columns} FROM event WHERE session_id = $1
      AND type IN ('turn.submitted', 'turn.edited', 'turn.steered', 'turn.finished', 'file.sent') AND turn_id IN (SELECT turn_id FROM told)
    UNION ALL SELECT ${columns} FROM event WHERE session_id = $1 AND seq = (SELECT seq FROM summary)
    ORDER BY seq`;
  return (await db.query<LogRow>({ name: 'read_said_rows', text, values: [sessionId, beforeTurn] })).rows;
}
