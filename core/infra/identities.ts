import type { Platform } from '#core/chat/thread-ref.ts';
import type { Identities, UserFacts } from '#core/identity/ports.ts';
import type { Role } from '#core/identity/roles.ts';
import { newId } from '#core/ids.ts';
import type { Database } from './database.ts';

/** First kernel uid given to a person: above what images use and the helper's. */
const firstUid = 70_000;

/** People on Postgres. */
export function openIdentities(database: Database): Identities {
  const { prisma, pool, intake } = database;

  async function resolve(
    platform: Platform,
    workspace: WorkspaceName,
    account: Account,
    role: Role = 'member',
  ): Promise<Resolved> {
    const known = await find(platform, workspace.externalId, account.id);
    if (known) return known;
    await meet(platform, await workspaceOf(platform, workspace), account, role);
    const met = await find(platform, workspace.externalId, account.id);
    if (!met) throw new Error('who was met just now is not there');
    return met;
  }

  /** One round trip: every message comes by here. */
  async function find(platform: Platform, externalId: string, accountId: string): Promise<Resolved | null> {
    const { rows } = await intake.query<UserRow & { workspaceId: string }>({
      name: 'resolve_identity',
      text: `SELECT u.id, u.name, u.role, u.time_zone AS "timeZone", u.language, u.email, u.uid, w.id AS "workspaceId"
        FROM workspace w JOIN identity i ON i.workspace_id = w.id JOIN "user" u ON u.id = i.user_id
        WHERE w.platform = $1 AND w.external_id = $2 AND i.platform = $1
          AND (i.account_id = $3 OR ($1 = 'console' AND i.user_id = $3)) LIMIT 1`,
      values: [platform, externalId, accountId],
    });
    // The console knows people by their user id: it has no accounts but ours.
    const [found] = rows;
    return found ? { ...toFacts(found), workspaceId: found.workspaceId } : null;
  }

  /** The workspace as it is called now. Whoever knows only its id does not rename it. */
  async function workspaceOf(platform: Platform, { externalId, name }: WorkspaceName): Promise<string> {
    const known = await intake.query<{ id: string; name: string }>(
      'SELECT id, name FROM workspace WHERE platform = $1 AND external_id = $2',
      [platform, externalId],
    );
    const [found] = known.rows;
    if (found && (found.name === name || name === externalId)) return found.id;
    const { rows } = await intake.query<{ id: string }>(
      `INSERT INTO workspace (id, platform, external_id, name) VALUES ($1, $2, $3, $4)
       ON CONFLICT (platform, external_id) DO UPDATE SET name = excluded.name RETURNING id`,
      [newId('wsp'), platform, externalId, name],
    );
    return rows[0]?.id ?? '';
  }

  /**
   * Makes a person, once: of two first messages at once the second waits for this one identity, and for no one else's.
   * The identity comes first, and says whether there is a person to make; Postgres looks for its user when the statement ends.
   */
  async function meet(platform: Platform, workspaceId: string, account: Account, role: Role): Promise<void> {
    await intake.query(
      `WITH met AS (
         INSERT INTO identity (id, user_id, workspace_id, platform, account_id, name) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (platform, workspace_id, account_id) DO NOTHING RETURNING user_id, name)
       INSERT INTO "user" (id, name, role) SELECT user_id, name, $7 FROM met`,
      [newId('idn'), newId('usr'), workspaceId, platform, account.id, account.name, role],
    );
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

type WorkspaceName = { externalId: string; name: string };
type Account = { id: string; name: string };
type Resolved = UserFacts & { workspaceId: string };

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
