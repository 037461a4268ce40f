import { auditContentHash, auditGenesis } from '#core/audit/chain.ts';
import type { AuditEntry, AuditLog, AuditRow } from '#core/audit/ports.ts';
import { canonical, wellFormedDeep } from '#core/events/canonical.ts';
import { linkHash } from '#core/events/chain.ts';
import type { Signer } from '#core/events/signing.ts';
import { type Database, transaction } from './database.ts';

const columns = `n, body, content_hash AS "contentHash", prev_hash AS "prevHash", hash, key_id AS "keyId", signature`;

/** The audit log on Postgres. */
export function openAuditLog({ pool }: Database, signer: Signer): AuditLog {
  return {
    append: (entry) =>
      transaction(pool, async (db) => {
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
      }),

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
