import { DeckhandError } from '#core/errors.ts';
import type { People, PersonFacts } from '#core/identity/people-port.ts';
import type { Identities } from '#core/identity/ports.ts';
import type { Role } from '#core/identity/roles.ts';
import { newId } from '#core/ids.ts';
import { type Database, type Queryable, transaction } from './database.ts';
import { joinPeople } from './joins.ts';

interface Row extends Omit<PersonFacts, 'createdAt' | 'lastAskedAt'> {
  createdAt: Date;
  lastAskedAt: Date | null;
}

const select = `SELECT u.id AS "userId", u.name, u.role, u.email, u.created_at AS "createdAt",
    (SELECT max(t.created_at) FROM turn t WHERE t.author_id = u.id) AS "lastAskedAt",
    json_build_object('turnsAtOnce', coalesce(l.cap, 4), 'weight', coalesce(l.weight, 1)) AS share,
    coalesce((SELECT json_agg(json_build_object('id', i.id, 'platform', i.platform, 'workspace', w.name,
        'accountId', i.account_id, 'name', i.name) ORDER BY i.platform, w.name)
      FROM identity i JOIN workspace w ON w.id = i.workspace_id WHERE i.user_id = u.id), '[]') AS identities
  FROM "user" u LEFT JOIN lane l ON l.author_id = u.id`;

/** Everybody on Postgres. */
export function openPeople({ pool }: Database, identities: Identities): People {
  const byId = async (userId: string) => {
    const { rows } = await pool.query<Row>(`${select} WHERE u.id = $1`, [userId]);
    return rows[0] ? toFacts(rows[0]) : null;
  };
  return {
    all: async () =>
      (
        await pool.query<Row>(
          `${select} WHERE EXISTS (SELECT FROM identity i WHERE i.user_id = u.id) ORDER BY lower(u.name), u.id`,
        )
      ).rows.map(toFacts),
    byId,
    setRole: (userId, role) =>
      transaction(pool, async (db) => {
        // Two owners that unmake each other at once would leave none.
        const owners = await db.query<{ id: string }>(
          `SELECT id FROM "user" WHERE role = 'owner' ORDER BY id FOR UPDATE`,
        );
        const others = owners.rows.filter(({ id }) => id !== userId);
        if (role !== 'owner' && owners.rows.length > 0 && others.length === 0) throw lastOwner();
        await db.query('UPDATE "user" SET role = $2 WHERE id = $1', [userId, role]);
      }),
    setShare: async (userId, { turnsAtOnce, weight }) => {
      await pool.query(
        `INSERT INTO lane (author_id, cap, weight) VALUES ($1, $2, $3)
         ON CONFLICT (author_id) DO UPDATE SET cap = excluded.cap, weight = excluded.weight`,
        [userId, turnsAtOnce, weight],
      );
    },
    add: async (name, role) => {
      const { workspaceId } = await identities.localOwner();
      const userId = newId('usr');
      await transaction(pool, async (db) => {
        await db.query('INSERT INTO "user" (id, name, role) VALUES ($1, $2, $3)', [userId, name, role]);
        await db.query(
          `INSERT INTO identity (id, user_id, workspace_id, platform, account_id, name)
           VALUES ($1, $2, $3, 'console', $2, $4)`,
          [newId('idn'), userId, workspaceId, name],
        );
      });
      return (await byId(userId)) as PersonFacts;
    },
    join: (from, to) => transaction(pool, (db) => joinPeople(db, from, to).catch(inWordsForThePage)),
    separate: async (userId, identityId) => {
      const made = await transaction(pool, (db) => separateAccount(db, userId, identityId));
      return (await byId(made)) as PersonFacts;
    },
  };
}

async function separateAccount(db: Queryable, userId: string, identityId: string): Promise<string> {
  const { rows } = await db.query<{ id: string; platform: string; name: string }>(
    'SELECT id, platform, name FROM identity WHERE user_id = $1 ORDER BY id FOR UPDATE',
    [userId],
  );
  const account = rows.find(({ id }) => id === identityId);
  if (!account) throw refusal('identity.unknown', 'There is no such account of this person.');
  if (rows.length === 1) {
    throw refusal('identity.only', 'This is their only account: they are somebody of their own already.');
  }
  if (account.platform === 'console') {
    throw refusal(
      'identity.console',
      'This is how they use this page. Separate their other accounts instead.',
    );
  }
  const made = newId('usr');
  await db.query(`INSERT INTO "user" (id, name, role) VALUES ($1, $2, 'member')`, [made, account.name]);
  await db.query('UPDATE identity SET user_id = $2 WHERE id = $1', [identityId, made]);
  return made;
}

/** The rules are those of `link`; on the page there is no code to ask for. */
const pageWords: Record<string, string> = {
  'join.administers':
    'Whoever administers is not joined to somebody else: their rights would go unseen. Join them the other way round, or make them a member first.',
  'join.has_secrets':
    'They have secrets of their own, which are sealed to them. Have them removed first and entered anew afterwards, or join the other way round.',
  'join.busy': 'Something that they asked for is still open. Wait for it, or stop it.',
  'join.unknown': 'One of the two is not here any more.',
};

function inWordsForThePage(fault: unknown): never {
  const words = fault instanceof DeckhandError ? pageWords[fault.code] : undefined;
  throw words && fault instanceof DeckhandError ? refusal(fault.code, words) : fault;
}

function refusal(code: string, message: string): DeckhandError {
  return new DeckhandError(code, message, { blame: 'asker' });
}

/** Nobody could let anybody in any more. */
export function lastOwner(): DeckhandError {
  return refusal(
    'user.last_owner',
    'This is the last owner. Make somebody else an owner first: without one nobody could.',
  );
}

function toFacts(row: Row): PersonFacts {
  return {
    ...row,
    role: row.role as Role,
    createdAt: row.createdAt.toISOString(),
    lastAskedAt: row.lastAskedAt?.toISOString() ?? null,
  };
}
