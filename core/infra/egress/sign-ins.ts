import { canonical, sha256 } from '#core/events/canonical.ts';
import { boundTo } from '#core/secrets/binding-text.ts';
import type { Envelope } from '#core/secrets/envelope.ts';
import type { DueSignIn, DueSignIns, GrantRow, Grants } from '#core/secrets/sign-ins.ts';
import type { Database } from '../database.ts';
import { signInColumns, toSignIn } from '../sign-ins.ts';

type SignInRow = Parameters<typeof toSignIn>[0] & {
  redirect_uri: string;
  state: string;
  code: string | null;
  code_key_id: string | null;
  held: string | null;
};

/** Egress's side of sign-ins. */
export function openDueSignIns({ pool }: Database): DueSignIns {
  /** A step for an attempt that was begun anew meanwhile changes nothing. */
  const settle = async ({ signInId, attempt }: DueSignIn, set: string, values: unknown[]) => {
    await pool.query(
      `UPDATE sign_in SET code = NULL, code_key_id = NULL, taken_until = NULL, ${set}
       WHERE id = $1 AND attempt = $2 AND state IN ('asked', 'coded')`,
      [signInId, attempt, ...values],
    );
  };

  return {
    async take(limit, forMs) {
      const { rows } = await pool.query<SignInRow>(
        `UPDATE sign_in SET taken_until = now() + $2 * interval '1 millisecond' WHERE id IN (
           SELECT id FROM sign_in WHERE state IN ('asked', 'coded') AND expires_at > now()
             AND (taken_until IS NULL OR taken_until < now()) ORDER BY expires_at LIMIT $1 FOR UPDATE SKIP LOCKED)
         RETURNING ${signInColumns}, redirect_uri, state, code, code_key_id, held`,
        [limit, forMs],
      );
      return rows.map((row) => ({
        ...toSignIn(row),
        redirectUri: row.redirect_uri,
        brought:
          row.state === 'coded' && row.code !== null && row.held !== null
            ? { entry: JSON.parse(row.code), keyId: row.code_key_id ?? '', held: JSON.parse(row.held) }
            : null,
      }));
    },

    ready: (due, { state, authorizeUrl, issuer, held }) =>
      settle(due, `state = 'ready', state_hash = $3, authorize_url = $4, issuer = $5, held = $6`, [
        sha256(state),
        authorizeUrl,
        issuer,
        canonical(held),
      ]),

    async done(due) {
      // What the server showed to nobody, or to another account, is not what it shows from now on.
      await pool.query('DELETE FROM mcp_sighting WHERE workspace_id = $1 AND user_id = $2 AND server = $3', [
        due.workspaceId,
        due.userId,
        due.server,
      ]);
      await settle(due, `state = 'done', held = NULL, authorize_url = NULL`, []);
    },

    failed: (due, words) =>
      settle(due, `state = 'failed', held = NULL, authorize_url = NULL, words = $3`, [words]),

    async tidy() {
      await pool.query(`DELETE FROM sign_in WHERE expires_at < now() - interval '1 day'`);
      await pool.query(
        `DELETE FROM sign_in_grant g USING secret s
         WHERE s.id = g.secret_id AND (s.removed_at IS NOT NULL OR s.version <> g.version)`,
      );
    },
  };
}

interface Row {
  secret_id: string;
  version: number;
  server: string;
  envelope: string;
  ended: string | null;
  holds: boolean;
}

/** Renewed when it has less than a minute to live, for a request may be under way for a while; of a short life, half. */
const isDue = `g.expires_at - least(interval '60 seconds', (g.expires_at - g.renewed_at) / 2) < now()`;
/** A credential that was refused so soon after it was renewed is not renewed again. */
const calmS = 30;

const columns = `g.secret_id, g.version, g.server, g.envelope, g.ended,
  COALESCE(g.expires_at > now(), true) AS holds`;
const ofStanding = `FROM sign_in_grant g JOIN secret s ON s.id = g.secret_id AND s.version = g.version
  AND s.removed_at IS NULL`;

/** What renews secrets, on Postgres; for egress. */
export function openGrants({ pool }: Database): Grants {
  const read = async (statement: string, values: unknown[]) =>
    (await pool.query<Row>(statement, values)).rows.map(toGrant);
  /** Another sign-in may have put a new one in its place. */
  const change = async (row: GrantRow, set: string, values: unknown[]) => {
    await pool.query(`UPDATE sign_in_grant SET ${set} WHERE secret_id = $1 AND version = $2`, [
      row.secretId,
      row.version,
      ...values,
    ]);
  };
  const keep = (row: GrantRow, envelope: Envelope) =>
    change(row, 'envelope = $3, master_key_id = $4', [canonical(envelope), envelope.masterKeyId]);

  return {
    async put({ secretId, version, server, envelope }, lifeS) {
      await pool.query(
        `INSERT INTO sign_in_grant (secret_id, version, server, envelope, master_key_id, expires_at)
         VALUES ($1, $2, $3, $4, $5, now() + $6 * interval '1 second')
         ON CONFLICT (secret_id) DO UPDATE SET version = excluded.version, server = excluded.server,
           envelope = excluded.envelope, master_key_id = excluded.master_key_id, expires_at = excluded.expires_at,
           renewed_at = now(), taken_until = NULL, ended = NULL`,
        [secretId, version, server, canonical(envelope), envelope.masterKeyId, lifeS],
      );
    },

    troubled: (secretIds) =>
      read(
        `SELECT ${columns} ${ofStanding} WHERE g.secret_id = ANY($1)
           AND (g.ended IS NOT NULL OR ${isDue})`,
        [secretIds],
      ),

    take: async (secretId, forMs) =>
      (
        await read(
          `UPDATE sign_in_grant g SET taken_until = now() + $2 * interval '1 millisecond'
           WHERE g.secret_id = $1 AND g.ended IS NULL AND ${isDue}
             AND (g.taken_until IS NULL OR g.taken_until < now()) RETURNING ${columns}`,
          [secretId, forMs],
        )
      )[0] ?? null,

    hold: (row, envelope) => keep(row, envelope),

    renewed: (row, lifeS) =>
      change(row, `taken_until = NULL, expires_at = now() + $3 * interval '1 second', renewed_at = now()`, [
        lifeS,
      ]),

    end: (row, words) => change(row, 'taken_until = NULL, ended = $3', [words]),

    release: (row) => change(row, 'taken_until = NULL', []),

    async suspect(secretId) {
      await pool.query(
        `UPDATE sign_in_grant SET expires_at = now() WHERE secret_id = $1 AND ended IS NULL
           AND renewed_at < now() - interval '${calmS} seconds' AND (expires_at IS NULL OR expires_at > now())`,
        [secretId],
      );
    },

    async toRewrap(current, known, limit) {
      const { rows } = await pool.query<Row & PlaceRow>(
        `SELECT ${columns}, s.workspace_id, s.user_id, s.name, s.bindings ${ofStanding}
         WHERE g.master_key_id <> $1 AND g.master_key_id = ANY($2) ORDER BY g.secret_id LIMIT $3`,
        [current, known, limit],
      );
      return rows.map((row) => ({ ...toGrant(row), place: placeOf(row) }));
    },
  };
}

interface PlaceRow {
  workspace_id: string;
  user_id: string | null;
  name: string;
  bindings: string;
}

function placeOf({ workspace_id, user_id, name, bindings, version }: PlaceRow & Pick<Row, 'version'>) {
  return { workspace: workspace_id, user: user_id, name, version, boundTo: boundTo(bindings) };
}

function toGrant({ secret_id, version, server, envelope, ended, holds }: Row): GrantRow {
  return { secretId: secret_id, version, server, envelope: JSON.parse(envelope), ended, holds };
}
