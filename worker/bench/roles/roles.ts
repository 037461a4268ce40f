import { setTimeout as sleep } from 'node:timers/promises';
import { environmentWith } from '#core/config.ts';
import { openCore } from '#core/infra/open-core.ts';
import { openGround } from '../ground.ts';
import { atMost, type Found, rounded, told } from '../metric.ts';
import { roles as mains, type Role, type RoleName, startRole } from './role.ts';

const sessions = 100_000;
/** Long enough for every clock of a role, the reaper's and the exporter's apart, to have ticked a few times. */
const settleMs = 12_000;
const looks = 5;
const lookEveryMs = 1_000;

/** The three roles as processes of their own, without work: memory, processor, and what idle sessions add to either. */
export async function benchRoles(say: (what: string) => void): Promise<Found[]> {
  await using owned = new AsyncDisposableStack();
  const { plainUrl, home } = await openGround(owned);
  const core = await openCore({ databaseUrl: plainUrl, redisUrl: undefined, home, name: 'bench' });
  owned.defer(() => core.close());
  await core.identities.localOwner();
  const environment = environmentWith({
    DATABASE_URL: plainUrl,
    REDIS_URL: '',
    DECKHAND_HOME: home,
    DECKHAND_PORT: '0',
    DECKHAND_LOG: 'error',
    DECKHAND_SANDBOX_WARM: '0',
  });
  say('the roles start');
  const roles: Role[] = [];
  for (const name of Object.keys(mains) as RoleName[]) roles.push(await startRole(owned, name, environment));
  await sleep(settleMs);
  say('without sessions');
  const before = await lookAt(roles);
  say(`with ${sessions} idle sessions`);
  await core.database.pool.query(idleSessions, [sessions]);
  await core.database.pool.query('ANALYZE');
  await sleep(settleMs);
  const after = await lookAt(roles);
  return roles.flatMap(({ name }) => linesOf(name, before.get(name), after.get(name)));
}

/** Threads of long ago: each has had one turn, which ended. */
const idleSessions = `WITH made AS (
    INSERT INTO session (id, workspace_id, platform, thread_ref, owner_id, head_hash)
    SELECT 'ses_idle' || n, w.id, 'console', 'console:idle:' || n, u.id, '' FROM generate_series(1, $1::int) AS n,
      (SELECT id FROM workspace LIMIT 1) AS w, (SELECT id FROM "user" LIMIT 1) AS u RETURNING id, owner_id)
  INSERT INTO turn (id, session_id, seq, author_id, platform, event_id, text, state, created_at, finished_at)
  SELECT 'trn_' || id, id, 1, owner_id, 'console', id, 'hello', 'succeeded', now() - interval '1 day', now() - interval '1 day'
  FROM made`;

/** Of memory the least that was seen: what a role holds for a moment is no cost of being idle. */
interface Look {
  used: number;
  resident: number;
  busyShare: number;
}

async function lookAt(roles: Role[]): Promise<Map<RoleName, Look>> {
  return new Map(
    await Promise.all(
      roles.map(async (role): Promise<[RoleName, Look]> => [role.name, await lookOften(role)]),
    ),
  );
}

async function lookOften(role: Role): Promise<Look> {
  let last = await role.use();
  const look = { used: last.used, resident: last.resident, busyShare: 0 };
  for (let n = 0; n < looks; n += 1) {
    await sleep(lookEveryMs);
    const use = await role.use();
    look.used = Math.min(look.used, use.used);
    look.resident = Math.min(look.resident, use.resident);
    look.busyShare += (use.busyBeforeUs - last.busyAfterUs) / 1000 / lookEveryMs / looks;
    last = use;
  }
  return look;
}

function linesOf(name: RoleName, before: Look | undefined, after: Look | undefined): Found[] {
  if (!before || !after) throw new Error(`the role ${name} said nothing`);
  const mib = (bytes: number) => rounded(bytes / 1024 / 1024);
  const added = Math.max(0, after.used - before.used);
  return [
    told({ metric: `${name}, memory in use`, value: mib(before.used), unit: 'MiB' }),
    told({ metric: `${name}, resident memory`, value: mib(before.resident), unit: 'MiB' }),
    told({
      metric: `${name}, processor while idle`,
      value: rounded(100 * before.busyShare),
      unit: '% of one',
    }),
    atMost(
      { metric: `${name}, memory that ${sessions} idle sessions add`, value: mib(added), unit: 'MiB' },
      1,
    ),
    {
      ...told({
        metric: `${name}, processor with ${sessions} idle sessions`,
        value: rounded(100 * after.busyShare),
        unit: '% of one',
      }),
      floor: rounded(100 * before.busyShare),
    },
  ];
}
