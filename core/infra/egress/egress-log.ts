import { toRow } from '#core/events/appender.ts';
import type { EgressEntry, EgressRow } from '#core/events/egress-entry.ts';
import { chainEntries, egressGenesis, summarise } from '#core/events/egress-log.ts';
import type { EgressLog } from '#core/events/egress-log-port.ts';
import type { Signer } from '#core/events/signing.ts';
import { type Database, type Queryable, transaction } from '../database.ts';
import { appendRows } from '../event-rows.ts';

const columns = `session_id AS "sessionId", n, turn_id AS "turnId", body, prev_hash AS "prevHash", hash`;

/** Egress's own log on Postgres: a chain for each session, its head locked by whoever writes. */
export function openEgressLog({ pool }: Database, signer: Signer): EgressLog {
  async function lockHead(db: Queryable, sessionId: string) {
    await db.query('INSERT INTO egress_head (session_id, hash) VALUES ($1, $2) ON CONFLICT DO NOTHING', [
      sessionId,
      egressGenesis(sessionId),
    ]);
    const { rows } = await db.query<{ n: number; hash: string; sealed_n: number }>(
      'SELECT n, hash, sealed_n FROM egress_head WHERE session_id = $1 FOR UPDATE',
      [sessionId],
    );
    return rows[0] ?? { n: 0, hash: egressGenesis(sessionId), sealed_n: 0 };
  }

  return {
    append: (sessionId, entries) =>
      transaction(pool, async (db) => {
        const rows = chainEntries(sessionId, await lockHead(db, sessionId), entries);
        const last = rows.at(-1);
        if (!last) return;
        await db.query(
          `INSERT INTO egress_log (session_id, n, turn_id, body, refused, prev_hash, hash)
           SELECT $1, * FROM unnest($2::int[], $3::text[], $4::text[], $5::boolean[], $6::text[], $7::text[])`,
          [
            sessionId,
            rows.map((row) => row.n),
            rows.map((row) => row.turnId),
            rows.map((row) => row.body),
            entries.map(({ entry }) => entry.outcome !== 'passed'),
            rows.map((row) => row.prevHash),
            rows.map((row) => row.hash),
          ],
        );
        await db.query('UPDATE egress_head SET n = $2, hash = $3 WHERE session_id = $1', [
          sessionId,
          last.n,
          last.hash,
        ]);
      }),

    seal: (sessionId, turnId) =>
      transaction(pool, async (db) => {
        // The session's lock first, as everywhere.
        await db.query('SELECT 1 FROM session WHERE id = $1 FOR NO KEY UPDATE', [sessionId]);
        const head = await lockHead(db, sessionId);
        if (head.n === head.sealed_n) return;
        const { rows } = await db.query<{ turn_id: string | null; body: string }>(
          'SELECT turn_id, body FROM egress_log WHERE session_id = $1 AND n > $2 ORDER BY n',
          [sessionId, head.sealed_n],
        );
        const of = turnId ?? rows.findLast((row) => row.turn_id !== null)?.turn_id ?? null;
        const own = rows.filter((row) => row.turn_id === of);
        const body = {
          from: head.sealed_n + 1,
          to: head.n,
          hash: head.hash,
          ...summarise(own.map((row) => JSON.parse(row.body) as EgressEntry)),
        };
        const draft = { sessionId, turnId: of, epoch: null, type: 'egress.sealed' as const, key: null, body };
        const at = new Date().toISOString();
        await appendRows(db, [toRow({ draft: { ...draft, at }, signed: true }, signer)]);
        await db.query('UPDATE egress_head SET sealed_n = n WHERE session_id = $1', [sessionId]);
      }),

    unsealed: async (limit) => {
      const { rows } = await pool.query<{ session_id: string }>(
        `SELECT h.session_id FROM egress_head h WHERE h.n > h.sealed_n
           AND NOT EXISTS (SELECT 1 FROM turn t WHERE t.session_id = h.session_id AND t.state = 'running') LIMIT $1`,
        [limit],
      );
      return rows.map((row) => row.session_id);
    },

    alarm: async ({ sessionId, turnId }, body) => {
      const draft = { sessionId, turnId, epoch: null, type: 'egress.alarm' as const, key: null, body };
      const at = new Date().toISOString();
      await appendRows(pool, [toRow({ draft: { ...draft, at }, signed: true }, signer)]);
    },

    rows: async (sessionId, after, limit) => {
      const { rows } = await pool.query<EgressRow>(
        `SELECT ${columns} FROM egress_log WHERE session_id = $1 AND n > $2 ORDER BY n LIMIT $3`,
        [sessionId, after, limit],
      );
      return rows;
    },

    search: async ({ outcome, host, sessionId, secret, seenBy, before, limit }) => {
      const { rows } = await pool.query<EgressRow>(
        `SELECT e.session_id AS "sessionId", e.n, e.turn_id AS "turnId", e.body, e.prev_hash AS "prevHash", e.hash
         FROM egress_log e JOIN session s ON s.id = e.session_id
         WHERE ($1::text IS NULL OR e.outcome = $1)
           AND ($2::text IS NULL OR e.host = $2 OR right(e.host, length($2) + 1) = '.' || $2)
           AND ($3::text IS NULL OR e.session_id = $3)
           AND ($4::text IS NULL OR (e.body::jsonb ->> 'secret') = $4)
           AND ($5::text IS NULL OR s.platform = 'console' OR s.owner_id = $5)
           AND ($6::text IS NULL OR (e.at, e.session_id, e.n) < ($6, $7, $8::int))
         ORDER BY e.at DESC, e.session_id DESC, e.n DESC LIMIT $9`,
        [
          ...[outcome, host?.toLowerCase(), sessionId, secret, seenBy].map((value) => value ?? null),
          ...[before?.at ?? null, before?.sessionId ?? null, before?.n ?? null, limit],
        ],
      );
      return rows;
    },
  };
}
