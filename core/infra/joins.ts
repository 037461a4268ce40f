import { randomInt } from 'node:crypto';
import { DeckhandError } from '#core/errors.ts';
import { sha256 } from '#core/events/canonical.ts';
import type { Joins } from '#core/identity/joins.ts';
import { may, type Role } from '#core/identity/roles.ts';
import { type Database, type Queryable, transaction } from './database.ts';

/** Without what is read for something else. */
const letters = '23456789ABCDEFGHJKMNPQRSTVWXYZ';
const hashOf = (code: string) => sha256(`join/${code.toUpperCase()}`);

/** Joining accounts on Postgres. */
export function openJoins({ pool }: Database): Joins {
  return {
    offer: async (userId) => {
      const code = `${fourLetters()}-${fourLetters()}`;
      await pool.query(
        `INSERT INTO account_join (user_id, code_hash, expires_at) VALUES ($1, $2, now() + interval '10 minutes')
         ON CONFLICT (user_id) DO UPDATE SET code_hash = excluded.code_hash, expires_at = excluded.expires_at,
           claimed_by = NULL, claimed_as = NULL`,
        [userId, hashOf(code)],
      );
      return code;
    },

    claimant: async (userId) => {
      const { rows } = await pool.query<{ claimed_as: string | null }>(
        'SELECT claimed_as FROM account_join WHERE user_id = $1 AND expires_at > now()',
        [userId],
      );
      return rows[0]?.claimed_as ?? null;
    },

    isOwn: async (code, userId) => {
      const { rowCount } = await pool.query(
        'SELECT FROM account_join WHERE code_hash = $1 AND user_id = $2 AND expires_at > now()',
        [hashOf(code), userId],
      );
      return rowCount === 1;
    },

    claim: (code, userId, as) =>
      transaction(pool, async (db) => {
        const open = await lockCode(db, code);
        if (open.claimedBy !== null && open.claimedBy !== userId) {
          throw refusal(
            'taken',
            'Another account has repeated this code already. Ask for a new one: `link`.',
          );
        }
        await checkJoinable(db, userId);
        await db.query('UPDATE account_join SET claimed_by = $2, claimed_as = $3 WHERE user_id = $1', [
          open.userId,
          userId,
          as,
        ]);
      }),

    agree: (code, userId) =>
      transaction(pool, async (db) => {
        const open = await lockCode(db, code);
        if (open.userId !== userId) throw unknown();
        if (!open.claimedBy || !open.claimedAs) {
          throw refusal(
            'unclaimed',
            'Nobody has repeated this code yet. Write it with your other account first.',
          );
        }
        await joinPeople(db, open.claimedBy, userId);
        return { joined: open.claimedAs };
      }),
  };
}

/** Makes what `from` has `to`'s, where nothing is lost by it. */
export async function joinPeople(db: Queryable, from: string, to: string): Promise<void> {
  const both = [from, to];
  const { rowCount } = await db.query('SELECT FROM "user" WHERE id = ANY($1) ORDER BY id FOR UPDATE', [both]);
  if (rowCount !== 2) throw unknown();
  await checkJoinable(db, from);
  await moveTo(db, from, to);
  await db.query('DELETE FROM account_join WHERE user_id = ANY($1)', [both]);
}

interface OpenCode {
  userId: string;
  claimedBy: string | null;
  claimedAs: string | null;
}

async function lockCode(db: Queryable, code: string): Promise<OpenCode> {
  const { rows } = await db.query<OpenCode>(
    `SELECT user_id AS "userId", claimed_by AS "claimedBy", claimed_as AS "claimedAs" FROM account_join
     WHERE code_hash = $1 AND expires_at > now() FOR UPDATE`,
    [hashOf(code)],
  );
  if (!rows[0]) throw unknown();
  return rows[0];
}

/** What would be lost or would widen somebody's rights is not joined. */
async function checkJoinable(db: Queryable, userId: string): Promise<void> {
  const { rows } = await db.query<{ role: Role; busy: boolean; secrets: number }>(
    `SELECT u.role,
       EXISTS (SELECT FROM turn t WHERE t.author_id = u.id AND t.state IN ('queued','running','waiting')) AS busy,
       (SELECT count(*) FROM secret s WHERE s.user_id = u.id AND s.removed_at IS NULL)::int AS secrets
     FROM "user" u WHERE u.id = $1`,
    [userId],
  );
  const [found] = rows;
  if (!found) throw unknown();
  if (may(found.role, 'administer')) {
    throw refusal(
      'administers',
      'An administrator’s account is not joined to another. Ask for a code with it, and repeat that here.',
    );
  }
  if (found.busy)
    throw refusal('busy', 'Something that this account asked for is still open. Wait for it, or `stop` it.');
  if (found.secrets > 0) {
    throw refusal(
      'has_secrets',
      'This account has secrets of its own, which are sealed to it. Remove them first and enter them anew afterwards, or ask for a code with this account and repeat it with the other.',
    );
  }
}

/** What is in the log stays as it was said; who may see and change things moves. Proofs of the old person end. */
async function moveTo(db: Queryable, from: string, to: string): Promise<void> {
  for (const statement of [
    'UPDATE identity SET user_id = $2 WHERE user_id = $1',
    'UPDATE session SET owner_id = $2 WHERE owner_id = $1',
    'UPDATE schedule SET owner_id = $2 WHERE owner_id = $1',
    'UPDATE firing SET owner_id = $2 WHERE owner_id = $1',
    'UPDATE "user" SET joined_into = $2 WHERE id = $1',
  ]) {
    await db.query(statement, [from, to]);
  }
  for (const table of ['web_session', 'api_key', 'sign_in_link', 'secret_link']) {
    await db.query(`DELETE FROM ${table} WHERE user_id = $1`, [from]);
  }
}

function fourLetters(): string {
  return Array.from({ length: 4 }, () => letters[randomInt(letters.length)]).join('');
}

function unknown(): DeckhandError {
  return refusal(
    'unknown',
    'This code is unknown or too old. Ask for a new one with your other account: `link`.',
  );
}

function refusal(code: string, message: string): DeckhandError {
  return new DeckhandError(`join.${code}`, message, { blame: 'asker' });
}
