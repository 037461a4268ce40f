import { canonical } from '#core/events/canonical.ts';
import { boundTo } from '#core/secrets/binding-text.ts';
import type { VaultRow, VaultRows } from '#core/secrets/ports.ts';
import type { Database } from './database.ts';

interface Row {
  id: string;
  workspace_id: string;
  user_id: string | null;
  name: string;
  version: number;
  bindings: string;
  entry: string | null;
  entry_key_id: string | null;
  envelope: string | null;
}

const select = `SELECT id, workspace_id, user_id, name, version, bindings, entry, entry_key_id, envelope
  FROM secret WHERE removed_at IS NULL`;

/** Sealed and encrypted values on Postgres, for egress. */
export function openVaultRows({ pool }: Database): VaultRows {
  const read = async (condition: string, values: unknown[]) =>
    (await pool.query<Row>(`${select} AND ${condition}`, values)).rows.map(toVaultRow);

  return {
    async publish({ keyId, publicKey }) {
      await pool.query(
        // Later than every other, also within one millisecond and after a clock was set back.
        `INSERT INTO egress_key (id, public_key, published_at) VALUES ($1, $2,
           greatest(clock_timestamp(), (SELECT max(published_at) + interval '1 millisecond' FROM egress_key)))
         ON CONFLICT (id) DO UPDATE SET published_at = excluded.published_at`,
        [keyId, publicKey],
      );
    },

    byId: async (secretId) => (await read('id = $1', [secretId]))[0] ?? null,

    sealedTo: (keyIds, except, limit) =>
      read('entry IS NOT NULL AND entry_key_id = ANY($1) AND NOT id = ANY($2) ORDER BY created_at LIMIT $3', [
        keyIds,
        except,
        limit,
      ]),

    toRewrap: (current, known, except, limit) =>
      read(
        `envelope IS NOT NULL AND master_key_id = ANY($2) AND master_key_id <> $1 AND NOT id = ANY($3)
         ORDER BY id LIMIT $4`,
        [current, known, except, limit],
      ),

    async keep({ secretId, place, kept }, envelope) {
      const before = 'envelope' in kept ? canonical(kept.envelope) : canonical(kept.entry);
      const { rowCount } = await pool.query(
        `UPDATE secret SET entry = NULL, entry_key_id = NULL, envelope = $3, master_key_id = $4
         WHERE id = $1 AND version = $2 AND COALESCE(envelope, entry) = $5 AND removed_at IS NULL`,
        [secretId, place.version, canonical(envelope), envelope.masterKeyId, before],
      );
      return rowCount === 1;
    },

    async keysInUse() {
      const { rows } = await pool.query<{ id: string }>(
        `SELECT COALESCE(entry_key_id, master_key_id) AS id FROM secret WHERE removed_at IS NULL
         UNION SELECT g.master_key_id FROM sign_in_grant g
           JOIN secret s ON s.id = g.secret_id AND s.version = g.version AND s.removed_at IS NULL ORDER BY 1`,
      );
      return rows.map(({ id }) => id);
    },

    async used(secretId) {
      await pool.query(
        `UPDATE secret SET used_at = now()
         WHERE id = $1 AND (used_at IS NULL OR used_at < now() - interval '1 minute')`,
        [secretId],
      );
    },
  };
}

function toVaultRow(row: Row): VaultRow {
  const { workspace_id: workspace, user_id: user, name, version } = row;
  const place = { workspace, user, name, version, boundTo: boundTo(row.bindings) };
  const kept =
    row.envelope === null
      ? { entry: JSON.parse(row.entry ?? 'null'), keyId: row.entry_key_id ?? '' }
      : { envelope: JSON.parse(row.envelope) };
  return { secretId: row.id, place, kept };
}
