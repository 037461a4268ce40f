import { DeckhandError } from '#core/errors.ts';
import { canonical, sha256 } from '#core/events/canonical.ts';
import { newId } from '#core/ids.ts';
import { boundTo, readBindings } from '#core/secrets/binding-text.ts';
import { resolveSecret } from '#core/secrets/place.ts';
import type { SecretEntry, SecretFacts, SecretOwner, Secrets, StoredSecret } from '#core/secrets/ports.ts';
import { type Database, type Queryable, transaction } from './database.ts';

interface Row {
  id: string;
  workspace_id: string;
  user_id: string | null;
  name: string;
  version: number;
  bindings: string;
  created_by: string;
  created_by_name: string | null;
  created_at: Date;
  used_at: Date | null;
}

/** Every read names its columns: no statement of this file can bring a sealed value out. */
const select = `SELECT s.id, s.workspace_id, s.user_id, s.name, s.version, s.bindings, s.created_by,
  u.name AS created_by_name, s.created_at, s.used_at
  FROM secret s LEFT JOIN "user" u ON u.id = s.created_by WHERE s.removed_at IS NULL`;

/** Secrets on Postgres. */
export function openSecrets({ pool }: Database): Secrets {
  const read = async (condition: string, values: unknown[]) =>
    (await pool.query<Row>(`${select} AND ${condition} ORDER BY s.name`, values)).rows.map(toFacts);

  return {
    async visibleTo(workspaceId, userId) {
      const found = await read('s.workspace_id = $1 AND (s.user_id IS NULL OR s.user_id = $2)', [
        workspaceId,
        userId,
      ]);
      const names = [...new Set(found.map(({ name }) => name))];
      return names.flatMap(
        (name) => resolveSecret(found, { workspace: workspaceId, user: userId, name }) ?? [],
      );
    },

    list: ({ workspace, user }) =>
      read('s.workspace_id = $1 AND s.user_id IS NOT DISTINCT FROM $2', [workspace, user]),

    byId: async (secretId) => (await read('s.id = $1', [secretId]))[0] ?? null,

    async versions({ workspace, user }, names) {
      const { rows } = await pool.query<{ name: string; version: number }>(
        `SELECT name, version FROM secret
         WHERE workspace_id = $1 AND COALESCE(user_id, '') = $2 AND name = ANY($3)`,
        [workspace, user ?? '', names],
      );
      return new Map(rows.map(({ name, version }) => [name, version]));
    },

    async egressKey() {
      const { rows } = await pool.query<{ id: string; public_key: string }>(
        'SELECT id, public_key FROM egress_key ORDER BY published_at DESC, id LIMIT 1',
      );
      return rows[0] ? { keyId: rows[0].id, publicKey: rows[0].public_key } : null;
    },

    put: (entries, by, link) =>
      transaction(pool, async (db) => {
        if (link !== undefined) await spend(db, link, entries);
        // In one order, so that two pastes of the same names wait for each other instead of meeting crosswise.
        const sorted = entries.toSorted((one, other) => (one.place.name < other.place.name ? -1 : 1));
        for (const entry of sorted) await keep(db, entry, by);
      }),

    async remove(secretId, by) {
      const { rowCount } = await pool.query(
        `UPDATE secret SET entry = NULL, entry_key_id = NULL, envelope = NULL, master_key_id = NULL,
           removed_by = $2, removed_at = now() WHERE id = $1 AND removed_at IS NULL`,
        [secretId, by],
      );
      return rowCount === 1;
    },

    async underKeys() {
      const { rows } = await pool.query<{ key: string | null; count: number }>(
        'SELECT master_key_id AS key, count(*)::int FROM secret WHERE removed_at IS NULL GROUP BY 1 ORDER BY 1',
      );
      return {
        waiting: rows.find(({ key }) => key === null)?.count ?? 0,
        keys: rows.flatMap(({ key, count }) => (key === null ? [] : [{ masterKeyId: key, secrets: count }])),
      };
    },
  };
}

/** @throws {DeckhandError} `secret_changed` */
async function keep(db: Queryable, entry: SecretEntry, by: string): Promise<void> {
  const { place, bindings, keyId, sealed } = entry;
  const { rowCount } = await db.query(
    `INSERT INTO secret AS s (id, workspace_id, user_id, name, version, bindings, entry, entry_key_id, created_by)
     SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9
     WHERE $5 = 1 OR EXISTS (SELECT 1 FROM secret WHERE workspace_id = $2 AND COALESCE(user_id, '') = COALESCE($3, '') AND name = $4)
     ON CONFLICT (workspace_id, COALESCE(user_id, ''), name) DO UPDATE SET
       version = excluded.version, bindings = excluded.bindings, entry = excluded.entry,
       entry_key_id = excluded.entry_key_id, envelope = NULL, master_key_id = NULL, created_by = excluded.created_by,
       created_at = now(), used_at = NULL, removed_by = NULL, removed_at = NULL
     WHERE s.version = excluded.version - 1`,
    [
      newId('sec'),
      place.workspace,
      place.user,
      place.name,
      place.version,
      bindings,
      canonical(sealed),
      keyId,
      by,
    ],
  );
  if (rowCount === 1) return;
  throw new DeckhandError(
    'secret_changed',
    `${place.name} was replaced by somebody else at the same moment. Nothing was stored; try again.`,
    { retryable: true, blame: 'asker' },
  );
}

/** A link stores for its person and workspace only, and once. */
async function spend(db: Queryable, token: string, entries: readonly SecretEntry[]): Promise<void> {
  const { rows } = await db.query<{ user_id: string; workspace_id: string }>(
    `UPDATE secret_link SET used_at = now() WHERE hash = $1 AND used_at IS NULL AND expires_at > now()
     RETURNING user_id, workspace_id`,
    [sha256(token)],
  );
  const of = rows[0];
  const fits = ({ place }: SecretEntry) => place.user === of?.user_id && place.workspace === of?.workspace_id;
  if (of && entries.every(fits)) return;
  throw new DeckhandError(
    'secret_link_spent',
    'This link has been used or is too old. Nothing was stored; ask for a new one.',
    { blame: 'asker' },
  );
}

function toFacts(row: Row): SecretFacts {
  return {
    ...ownerOf(row),
    secretId: row.id,
    name: row.name,
    version: row.version,
    boundTo: boundTo(row.bindings),
    bindings: readBindings(row.bindings),
    written: JSON.parse(row.bindings),
    setBy: { userId: row.created_by, name: row.created_by_name ?? row.created_by },
    setAt: row.created_at.toISOString(),
    usedAt: row.used_at?.toISOString() ?? null,
  } satisfies SecretFacts & StoredSecret;
}

const ownerOf = (row: Row): SecretOwner => ({ workspace: row.workspace_id, user: row.user_id });
