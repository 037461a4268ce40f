import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { canonical, sha256 } from '#core/events/canonical.ts';
import { newId } from '#core/ids.ts';
import type { SignInFacts, SignInStep, SignIns } from '#core/secrets/sign-ins.ts';
import type { Database } from './database.ts';

const lookMs = 100;

interface Row {
  id: string;
  user_id: string;
  workspace_id: string;
  session_id: string;
  server: string;
  url: string;
  secret: string;
  client: string | null;
  scopes: string;
  attempt: number;
  expires_at: Date;
}

/** What both sides read of a sign-in; never what is sealed. */
export const signInColumns = `id, user_id, workspace_id, session_id, server, url, secret, client, scopes, attempt, expires_at`;

export function toSignIn(row: Row): SignInFacts {
  return {
    signInId: row.id,
    userId: row.user_id,
    workspaceId: row.workspace_id,
    sessionId: row.session_id,
    server: row.server,
    url: row.url,
    secret: row.secret,
    client: row.client,
    scopes: row.scopes === '' ? [] : row.scopes.split(' '),
    attempt: row.attempt,
    expiresAt: row.expires_at.toISOString(),
  };
}

/** Sign-ins at tool servers on Postgres, for the role that talks to people. */
export function openSignIns({ pool }: Database): SignIns {
  const one = async (statement: string, values: unknown[]): Promise<SignInFacts | null> => {
    const { rows } = await pool.query<Row>(statement, values);
    return rows[0] ? toSignIn(rows[0]) : null;
  };

  return {
    async create({ userId, workspaceId, sessionId, server, url, secret, client, scopes }, lifeMs) {
      const token = randomBytes(32).toString('base64url');
      await pool.query(
        `INSERT INTO sign_in (id, link_hash, user_id, workspace_id, session_id, server, url, secret, client, scopes,
           expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, now() + $11 * interval '1 millisecond')`,
        [
          newId('sgn'),
          sha256(token),
          userId,
          workspaceId,
          sessionId,
          server,
          url,
          secret,
          client,
          scopes.join(' '),
          lifeMs,
        ],
      );
      return token;
    },

    look: (token) =>
      one(
        `SELECT ${signInColumns} FROM sign_in WHERE link_hash = $1 AND state <> 'done' AND expires_at > now()`,
        [sha256(token)],
      ),

    begin: (token, browser, redirectUri) =>
      one(
        `UPDATE sign_in SET state = 'asked', attempt = attempt + 1, browser_hash = $2, redirect_uri = $3,
           state_hash = NULL, authorize_url = NULL, issuer = NULL, held = NULL, code = NULL, code_key_id = NULL,
           words = NULL, taken_until = NULL
         WHERE link_hash = $1 AND state <> 'done' AND expires_at > now() RETURNING ${signInColumns}`,
        [sha256(token), sha256(browser), redirectUri],
      ),

    returned: (state, browser) =>
      one(
        `SELECT ${signInColumns} FROM sign_in
         WHERE state_hash = $1 AND browser_hash = $2 AND state = 'ready' AND expires_at > now()`,
        [sha256(state), sha256(browser)],
      ),

    async hand({ signInId, attempt }, { entry, keyId }) {
      const { rowCount } = await pool.query(
        `UPDATE sign_in SET state = 'coded', code = $3, code_key_id = $4, taken_until = NULL
         WHERE id = $1 AND attempt = $2 AND state = 'ready'`,
        [signInId, attempt, canonical(entry), keyId],
      );
      return rowCount === 1;
    },

    async fail({ signInId, attempt }, words) {
      await pool.query(
        `UPDATE sign_in SET state = 'failed', words = $3, held = NULL, code = NULL
         WHERE id = $1 AND attempt = $2 AND state <> 'done'`,
        [signInId, attempt, words],
      );
    },

    async step({ signInId, attempt }, withinMs) {
      const end = Date.now() + withinMs;
      for (;;) {
        const { rows } = await pool.query<StepRow>(
          `SELECT state, authorize_url, server, words FROM sign_in WHERE id = $1 AND attempt = $2`,
          [signInId, attempt],
        );
        const step = rows[0] && toStep(rows[0]);
        if (step || Date.now() > end) return step ?? null;
        await sleep(lookMs);
      }
    },
  };
}

interface StepRow {
  state: string;
  authorize_url: string | null;
  server: string;
  words: string | null;
}

function toStep({ state, authorize_url, server, words }: StepRow): SignInStep | null {
  if (state === 'ready') return { kind: 'ready', authorizeUrl: authorize_url ?? '' };
  if (state === 'done') return { kind: 'done', server };
  return state === 'failed' ? { kind: 'failed', words: words ?? '' } : null;
}
