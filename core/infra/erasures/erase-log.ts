import { toRow } from '#core/events/appender.ts';
import { contentHash } from '#core/events/chain.ts';
import type { EgressRow } from '#core/events/egress-entry.ts';
import { egressHash } from '#core/events/egress-log.ts';
import { type ErasedPerson, type ErasedShare, erasedBody, erasedEntry } from '#core/events/erasure.ts';
import type { ErasedRow, LogRow } from '#core/events/log-row.ts';
import type { Signer } from '#core/events/signing.ts';
import type { EventBodies } from '#core/events/types.ts';
import { type Database, type Queryable, transaction } from '../database.ts';
import { appendRows, readRows } from '../event-rows.ts';

/** Whose rows of a session go, and who asked for it. */
export interface LogErasure {
  erasureId: string;
  by: string;
  person: ErasedPerson;
  sessionId: string;
  /** Their turns in it. */
  turns: ReadonlySet<string>;
  /** Nobody who is still here ever asked for anything there. */
  sole: boolean;
}

interface Rewritten extends ErasedRow {
  body: string;
}

/** A session with a turn at work is left alone: that turn goes on from what it was told. */
export class SessionAtWork extends Error {}

const atOnce = 200;

/**
 * Takes a person's words out of a session's log and of egress's own: the signed event that names the rows, and the rows
 * without their words, in one transaction each `atOnce` rows. What is done already is passed over. Gives how many rows.
 * @throws {SessionAtWork}
 */
export async function eraseLog({ pool }: Database, signer: Signer, erasure: LogErasure): Promise<number> {
  const { sessionId, turns } = erasure;
  const first = await firstHeard(pool, erasure);
  const readers = await readersOf(pool, sessionId);
  const shareOf = ({ seq, turnId, type, key }: LogRow): ErasedShare => {
    if (erasure.sole || turns.has(turnId ?? '')) return 'own';
    if (first === null || seq < first) return 'named';
    return type === 'effect.receipt' && readers.has(`${turnId} ${key}`) ? 'own' : 'told';
  };
  const events = await inSteps(async (after) =>
    transaction(pool, async (db) => {
      await lock(db, sessionId);
      const some = await readRows(db, sessionId, after, atOnce);
      const changed = some.flatMap((row) => rewritten(row, erasedBody(row, erasure.person, shareOf(row))));
      if (changed.length > 0) await write(db, signer, erasure, { rows: changed, egress: [] });
      return { last: some.at(-1)?.seq ?? null, count: changed.length };
    }),
  );
  const entries = await inSteps(async (after) =>
    transaction(pool, async (db) => {
      await lock(db, sessionId);
      const some = await readEntries(db, sessionId, after);
      const own = some.filter(({ turnId }) => erasure.sole || turns.has(turnId ?? ''));
      const changed = own.flatMap((row) => rewrittenEntry(row, erasedEntry(row.body)));
      if (changed.length > 0) await write(db, signer, erasure, { rows: [], egress: changed });
      return { last: some.at(-1)?.n ?? null, count: changed.length };
    }),
  );
  return events + entries;
}

/** Where they first said something in the session, or were first quoted: from there on others' agents were told it. */
async function firstHeard(db: Queryable, { sessionId, turns, person }: LogErasure): Promise<number | null> {
  const { rows } = await db.query<{ seq: number; turn: string; body: string }>(
    `SELECT seq, turn_id AS turn, body FROM event WHERE session_id = $1 AND type = 'turn.submitted'
       AND (turn_id = ANY($2) OR strpos(body, '"quoted":') > 0) ORDER BY seq`,
    [sessionId, [...turns]],
  );
  const quotes = (body: string) =>
    (JSON.parse(body) as EventBodies['turn.submitted']).quoted?.some(({ name }) =>
      person.names.includes(name),
    );
  return rows.find(({ turn, body }) => turns.has(turn) || quotes(body))?.seq ?? null;
}

/** Calls that read what everybody in the thread has said, word by word. */
async function readersOf(db: Queryable, sessionId: string): Promise<ReadonlySet<string>> {
  const { rows } = await db.query<{ call: string }>(
    `SELECT turn_id || ' ' || key AS call FROM event WHERE session_id = $1 AND type = 'effect.intent'
       AND body::json ->> 'kind' = 'tool' AND body::json ->> 'title' LIKE 'read the thread%'`,
    [sessionId],
  );
  return new Set(rows.map(({ call }) => call));
}

async function inSteps(
  step: (after: number) => Promise<{ last: number | null; count: number }>,
): Promise<number> {
  let total = 0;
  for (let after = 0; ; ) {
    const { last, count } = await step(after);
    total += count;
    if (last === null) return total;
    after = last;
  }
}

/** Under the session's lock nobody claims a turn or writes to the log. */
async function lock(db: Queryable, sessionId: string): Promise<void> {
  await db.query('SELECT FROM session WHERE id = $1 FOR NO KEY UPDATE', [sessionId]);
  const { rowCount } = await db.query(
    `SELECT FROM turn WHERE session_id = $1 AND state IN ('running', 'waiting')`,
    [sessionId],
  );
  if (rowCount !== 0) throw new SessionAtWork(`session ${sessionId} has a turn at work`);
}

function rewritten(row: LogRow, body: string): Rewritten[] {
  if (body === row.body) return [];
  return [{ n: row.seq, was: row.contentHash, is: contentHash({ ...row, body }), body }];
}

function rewrittenEntry(row: EgressRow, body: string): Rewritten[] {
  if (body === row.body) return [];
  return [{ n: row.n, was: row.hash, is: egressHash({ ...row, body }), body }];
}

async function write(
  db: Queryable,
  signer: Signer,
  { erasureId: erasure, by, person, sessionId }: LogErasure,
  changed: { rows: Rewritten[]; egress: Rewritten[] },
): Promise<void> {
  const named = (some: Rewritten[]) => some.map(({ n, was, is }) => ({ n, was, is }));
  const body = {
    ...{ erasure, of: person.userId, by },
    ...{ rows: named(changed.rows), egress: named(changed.egress) },
  };
  const draft = { sessionId, turnId: null, epoch: null, type: 'data.erased' as const, key: null, body };
  const before = await db.query<{ shown: boolean; at: string }>(
    'SELECT shown_seq >= head_seq AS shown, updated_at::text AS at FROM session WHERE id = $1',
    [sessionId],
  );
  const at = new Date().toISOString();
  const [seq] = await appendRows(db, [toRow({ draft: { ...draft, at }, signed: true }, signer)]);
  await db.query(`SELECT set_config('deckhand.erased_by', $1, true)`, [`${seq}`]);
  await rewrite(db, 'event', 'seq', sessionId, changed.rows);
  await rewrite(db, 'egress_log', 'n', sessionId, changed.egress);
  // There is nothing of it to show, and nobody has used the thread.
  await db.query(
    `UPDATE session SET updated_at = $2::timestamptz, shown_seq = CASE WHEN $3 THEN head_seq ELSE shown_seq END WHERE id = $1`,
    [sessionId, before.rows[0]?.at, before.rows[0]?.shown],
  );
}

async function rewrite(
  db: Queryable,
  table: 'event' | 'egress_log',
  place: 'seq' | 'n',
  sessionId: string,
  rows: Rewritten[],
): Promise<void> {
  if (rows.length === 0) return;
  await db.query(
    `UPDATE ${table} t SET body = x.body FROM unnest($2::int[], $3::text[]) AS x(n, body)
     WHERE t.session_id = $1 AND t.${place} = x.n`,
    [sessionId, rows.map(({ n }) => n), rows.map(({ body }) => body)],
  );
}

async function readEntries(db: Queryable, sessionId: string, after: number): Promise<EgressRow[]> {
  const { rows } = await db.query<EgressRow>(
    `SELECT session_id AS "sessionId", n, turn_id AS "turnId", body, prev_hash AS "prevHash", hash
     FROM egress_log WHERE session_id = $1 AND n > $2 ORDER BY n LIMIT $3`,
    [sessionId, after, atOnce],
  );
  return rows;
}
