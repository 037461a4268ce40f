import { setTimeout as sleep } from 'node:timers/promises';
import { query, quoted } from '#core/infra/postgres/query.ts';
import type { Death, DeathPoint } from './death.ts';
import type { PlaceName } from './places.ts';
import type { Dice } from './random.ts';
import type { RoleKeeper } from './role-keeper.ts';
import { talkMs } from './script.ts';
import type { Sides } from './talk.ts';

/** One thing that goes wrong, in ms from the run's start. */
export interface Fault {
  atMs: number;
  kind:
    | 'kill-worker'
    | 'kill-bots'
    | 'pause-worker'
    | 'cut-database'
    | 'truncate-queue'
    | 'drop-queue'
    | 'platform-down'
    | 'lost-answer';
  /** Which of the processes, by its number. */
  process: number;
  platform: PlaceName;
  /** How long a pause, a cut or an absence lasts. */
  forMs: number;
}

/** A worker counts as silent after 6 s. */
export const silentMs = 6_000;

/** The faults of a seed: at least one, at most one of each kind but kills. */
export function planFaults(
  dice: Dice,
  count: { workers: number; bots: number },
  platforms: readonly PlaceName[],
): Fault[] {
  const make = (kind: Fault['kind'], forMs = 0): Fault => ({
    atMs: dice.between(500, talkMs),
    kind,
    process: dice.between(0, (kind === 'kill-bots' ? count.bots : count.workers) - 1),
    platform: platforms[dice.between(0, platforms.length - 1)] ?? 'console',
    forMs,
  });
  const faults = [make('kill-worker')];
  const maybe = (odds: number, kind: Fault['kind'], forMs = 0) => {
    if (dice.chance(odds)) faults.push(make(kind, forMs));
  };
  maybe(0.4, 'kill-worker');
  maybe(0.6, 'kill-bots');
  maybe(0.4, 'pause-worker', silentMs + dice.between(500, 3_000));
  maybe(0.4, 'cut-database', dice.between(200, 3_000));
  maybe(0.4, dice.pick(['truncate-queue', 'drop-queue']));
  maybe(0.4, 'platform-down', dice.between(200, 4_000));
  maybe(0.4, 'lost-answer');
  return faults.sort((a, b) => a.atMs - b.atMs);
}

const workerPoints = [
  'intent-effect',
  'effect-receipt',
  'receipt-commit',
  'commit-next',
  'commit-wake',
] as const satisfies DeathPoint[];
const botsPoints = ['commit-wake', 'reserve-post', 'post-record'] as const satisfies DeathPoint[];

/** Where the next process of a role dies or becomes a zombie, if anywhere. */
export function planDeath(dice: Dice, role: 'worker' | 'bots'): Death | null {
  if (!dice.chance(0.6)) return null;
  const point = dice.pick(role === 'worker' ? workerPoints : botsPoints);
  const how = role === 'worker' && dice.chance(0.3) ? 'SIGSTOP' : 'SIGKILL';
  return { point, hit: dice.between(1, 5), how };
}

/** What faults happen to. */
export interface Scene {
  workers: RoleKeeper[];
  bots: RoleKeeper[];
  sides: Sides;
  databaseUrl: string;
  /** Aborts when the run is over. */
  over: AbortSignal;
}

/** Lets the faults happen at their times; resolves after the last one. */
export async function bringFaults(faults: readonly Fault[], scene: Scene): Promise<void> {
  const started = performance.now();
  await Promise.all(
    faults.map(async (fault) => {
      await sleep(Math.max(0, fault.atMs - (performance.now() - started)), undefined, { signal: scene.over });
      await bring(fault, scene);
    }),
  );
}

async function bring({ kind, process, platform, forMs }: Fault, scene: Scene): Promise<void> {
  const { databaseUrl } = scene;
  if (kind === 'kill-worker') scene.workers[process]?.kill();
  else if (kind === 'kill-bots') scene.bots[process]?.kill();
  else if (kind === 'pause-worker') await scene.workers[process]?.pause(forMs);
  else if (kind === 'lost-answer') scene.sides.get(platform)?.loseNextAnswer();
  else if (kind === 'platform-down') {
    scene.sides.get(platform)?.down(true);
    await sleep(forMs);
    scene.sides.get(platform)?.down(false);
  } else if (kind === 'cut-database') await cutDatabase(databaseUrl, forMs);
  else if (kind === 'drop-queue') await query(databaseUrl, 'DROP SCHEMA bullmq CASCADE').catch(() => {});
  else await truncateQueue(databaseUrl).catch(() => {});
}

/** Every connection is cut, and none is let in for a while. */
async function cutDatabase(databaseUrl: string, forMs: number): Promise<void> {
  const url = new URL(databaseUrl);
  const name = url.pathname.slice(1);
  url.pathname = '/postgres';
  const allow = (yes: boolean) => `ALTER DATABASE ${quoted(name)} WITH ALLOW_CONNECTIONS ${yes}`;
  const cut = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`;
  await query(url.href, allow(false));
  try {
    await query(url.href, cut);
    await sleep(forMs);
  } finally {
    await query(url.href, allow(true));
  }
}

/** Loses all that the queue knows, as an emptied Redis would. */
async function truncateQueue(databaseUrl: string): Promise<void> {
  const tables = await query(
    databaseUrl,
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
     WHERE schemaname = 'bullmq' AND tablename NOT LIKE '%migration%'`,
  );
  if (tables.length > 0) await query(databaseUrl, `TRUNCATE ${tables.map(({ name }) => name).join(', ')}`);
}
