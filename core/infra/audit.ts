import {
  auditContentHash,
  auditErased,
  auditGenesis,
  erasedAuditBody,
  erasuresOf,
} from '#core/audit/chain.ts';
import type { AuditEntry, AuditLog, AuditRow } from '#core/audit/ports.ts';
import { canonical, wellFormedDeep } from '#core/events/canonical.ts';
import { linkHash } from '#core/events/chain.ts';
import type { Signer } from '#core/events/signing.ts';
import { type Database, type Queryable, transaction } from './database.ts';

const columns = `n, body, content_hash AS "contentHash", prev_hash AS "prevHash", hash, key_id AS "keyId", signature`;

const atOnce = 200;

/** The audit log on Postgres. */
export function openAuditLog({ pool }: Database, signer: Signer): AuditLog {
  /** Gives its place. */
  async function write(db: Queryable, entry: AuditEntry): Promise<number> {
    const body = canonical(wellFormedDeep(entry));
    const contentHash = auditContentHash(body);
    // Writers come one after another; whoever waits sees what the one before has written.
    await db.query(`SELECT pg_advisory_xact_lock(hashtextextended('audit', 0))`);
    const { rows } = await db.query<{ n: number; hash: string }>(
      'SELECT n, hash FROM audit ORDER BY n DESC LIMIT 1',
    );
    const { n: last, hash: prev } = rows[0] ?? { n: 0, hash: auditGenesis };
    const n = last + 1;
    await db.query(
      `INSERT INTO audit (n, user_id, what, body, content_hash, prev_hash, hash, key_id, signature)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
      [
        ...[n, entry.by?.userId ?? null, entry.what, body, contentHash, prev],
        ...[linkHash(prev, n, contentHash), signer.keyId, signer.sign(contentHash)],
      ],
    );
    return n;
  }

  return {
    append: (entry) => transaction(pool, async (db) => void (await write(db, entry))),

    erase: (userId, erasureId, by) =>
      transaction(pool, async (db) => {
        const { rows } = await db.query<{ n: number; body: string; was: string }>(
          'SELECT n, body, content_hash AS was FROM audit WHERE user_id = $1 ORDER BY n',
          [userId],
        );
        const left = rows
          .map((row) => ({ ...row, body: erasedAuditBody(row.body), before: row.body }))
          .filter(({ body, before }) => body !== before);
        for (let from = 0; from < left.length; from += atOnce) {
          const some = left.slice(from, from + atOnce);
          const named = some.map(({ n, was, body }) => ({ n, was, is: auditContentHash(body) }));
          const at = new Date().toISOString();
          const of = { erasure: erasureId, person: userId, rows: JSON.stringify(named) };
          const told = { at, by: { ...by, keyId: null }, what: auditErased, status: 200, code: null, of };
          const n = await write(db, told);
          await db.query(`SELECT set_config('deckhand.audit_erased_by', $1, true)`, [`${n}`]);
          await db.query(
            'UPDATE audit a SET body = x.body FROM unnest($1::int[], $2::text[]) AS x(n, body) WHERE a.n = x.n',
            [some.map((row) => row.n), some.map((row) => row.body)],
          );
        }
        return left.length;
      }),

    erased: async () => {
      const { rows } = await pool.query<{ body: string }>(
        'SELECT body FROM audit WHERE what = $1 ORDER BY n',
        [auditErased],
      );
      return erasuresOf(rows.map(({ body }) => JSON.parse(body) as AuditEntry));
    },

    list: async ({ userId, what, before, limit }) => {
      const { rows } = await pool.query<{ n: number; body: string }>(
        `SELECT n, body FROM audit WHERE ($1::text IS NULL OR user_id = $1) AND ($2::text IS NULL OR what = $2)
           AND ($3::int IS NULL OR n < $3) ORDER BY n DESC LIMIT $4`,
        [userId ?? null, what ?? null, before ?? null, limit],
      );
      return rows.map(({ n, body }) => ({ n, entry: JSON.parse(body) as AuditEntry }));
    },

    rows: async (after, limit) => {
      const { rows } = await pool.query<AuditRow>(
        `SELECT ${columns} FROM audit WHERE n > $1 ORDER BY n LIMIT $2`,
        [after, limit],
      );
      return rows;
    },
  };
}
