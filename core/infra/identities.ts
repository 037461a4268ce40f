import type { Platform } from '#core/chat/thread-ref.ts';
import type { Identities, UserFacts } from '#core/identity/ports.ts';
import type { Role } from '#core/identity/roles.ts';
import { newId } from '#core/ids.ts';
import { type Database, transaction } from './database.ts';

/** First kernel uid given to a person: above what images use and the helper's. */
const firstUid = 70_000;

/** People on Postgres. */
export function openIdentities(database: Database): Identities {
  const { prisma, pool, intake } = database;

  async function resolve(
    platform: Platform,
    workspace: { externalId: string; name: string },
    account: { id: string; name: string },
    role: Role = 'member',
  ): Promise<UserFacts & { workspaceId: string }> {
    // One round trip: every message comes by here.
    const known = await intake.query<UserRow & { workspaceId: string }>({
      name: 'resolve_identity',
      text: `SELECT u.id, u.name, u.role, u.time_zone AS "timeZone", u.language, u.email, u.uid, w.id AS "workspaceId"
        FROM workspace w JOIN identity i ON i.workspace_id = w.id JOIN "user" u ON u.id = i.user_id
        WHERE w.platform = $1 AND w.external_id = $2 AND i.platform = $1
          AND (i.account_id = $3 OR ($1 = 'console' AND i.user_id = $3)) LIMIT 1`,
      values: [platform, workspace.externalId, account.id],
    });
    // The console knows people by their user id: it has no accounts but ours.
    const [found] = known.rows;
    if (found) return { ...toFacts(found), workspaceId: found.workspaceId };

    const [workspaceId, userId] = await transaction(pool, async (db) => {
      const found = await db.query<{ id: string }>(
        `INSERT INTO workspace (id, platform, external_id, name) VALUES ($1, $2, $3, $4)
         ON CONFLICT (platform, external_id) DO UPDATE SET name = excluded.name RETURNING id`,
        [newId('wsp'), platform, workspace.externalId, workspace.name],
      );
      const id = found.rows[0]?.id ?? '';
      // The workspace's row lock makes two first messages of one person wait for each other.
      const other = await db.query<{ user_id: string }>(
        'SELECT user_id FROM identity WHERE platform = $1 AND workspace_id = $2 AND account_id = $3',
        [platform, id, account.id],
      );
      if (other.rows[0]) return [id, other.rows[0].user_id];
      const user = newId('usr');
      await db.query('INSERT INTO "user" (id, name, role) VALUES ($1, $2, $3)', [user, account.name, role]);
      await db.query(
        'INSERT INTO identity (id, user_id, workspace_id, platform, account_id, name) VALUES ($1, $2, $3, $4, $5, $6)',
        [newId('idn'), user, id, platform, account.id, account.name],
      );
      return [id, user];
    });
    const user = await prisma.user.findUniqueOrThrow({ where: { id: userId } });
    return { ...toFacts(user), workspaceId };
  }

  return {
    resolve: (platform, workspace, account) => resolve(platform, workspace, account),
    byId: async (userId) => {
      // Without Prisma: every turn asks for its author.
      const { rows } = await pool.query<UserRow>({
        name: 'user_by_id',
        text: `SELECT id, name, role, time_zone AS "timeZone", language, email, uid FROM "user" WHERE id = $1`,
        values: [userId],
      });
      return rows[0] ? toFacts(rows[0]) : null;
    },
    prefer: async (userId, { timeZone, language, email }) => {
      // Prisma leaves out what is undefined; null is said.
      const data = {
        ...(timeZone === undefined ? {} : { timeZone }),
        ...(language === undefined ? {} : { language }),
        ...(email === undefined ? {} : { email }),
      };
      return toFacts(await prisma.user.update({ where: { id: userId }, data }));
    },
    accountOf: async (userId, platform, workspace) => {
      const found = await prisma.identity.findFirst({
        where: { userId, platform, workspace: { platform, externalId: workspace } },
      });
      return found?.accountId ?? null;
    },
    accountIn: async (userId, workspaceId) => {
      const found = await prisma.identity.findFirst({ where: { userId, workspaceId } });
      return found && { id: found.accountId, name: found.name };
    },
    withRoles: async (roles, platform, workspace) => {
      const found = await prisma.user.findMany({
        where: {
          role: { in: [...roles] },
          identities: { some: { platform, workspace: { platform, externalId: workspace } } },
        },
        orderBy: { id: 'asc' },
        select: { id: true },
      });
      return found.map(({ id }) => id);
    },
    setTimeZone: async (userId, timeZone) => {
      await prisma.user.update({ where: { id: userId }, data: { timeZone } });
    },
    localOwner: () =>
      resolve(
        'console',
        { externalId: 'local', name: 'This machine' },
        { id: 'owner', name: 'Owner' },
        'owner',
      ),
  };
}

interface UserRow {
  id: string;
  name: string;
  role: string;
  timeZone: string;
  language: string | null;
  email: string | null;
  uid: number;
}

function toFacts(user: UserRow): UserFacts {
  return {
    userId: user.id,
    name: user.name,
    role: user.role as Role,
    timeZone: user.timeZone,
    language: user.language,
    email: user.email,
    uid: firstUid + user.uid,
  };
}
