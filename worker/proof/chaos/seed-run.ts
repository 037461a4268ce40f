import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Synapse } from '#bots/matrix/testing/synapse.ts';
import { openCore } from '#core/infra/open-core.ts';
import { openTestDatabase } from '#core/testing/database.ts';
import { dockerForTests } from '#worker/sandbox/docker/engine-for-tests.ts';
import type { Reach } from './far/far-side.ts';
import { openSides } from './far/open-sides.ts';
import { bringFaults, type Fault, planFaults } from './faults.ts';
import { inspect } from './inspect.ts';
import { findAmong, keepRoles, untilReady } from './keep-roles.ts';
import { writeLeavings } from './leavings.ts';
import { judge, type Outcome } from './outcome.ts';
import type { PlaceName } from './places.ts';
import { openDice } from './random.ts';
import type { Loss, RoleKeeper } from './role-keeper.ts';
import { people, writeScript } from './script.ts';
import { pressCards, readPosts, talk, untilAnswered } from './talk.ts';

export interface SeedResult extends Outcome {
  seed: number;
  turns: number;
  losses: Loss[];
  planned: Fault[];
  maxRecoveryMs: number;
  /** Turns that ended `failed`, visibly. */
  failed: number;
  /** How long starting, talking and ending took, in ms. */
  phasesMs: number[];
  /** What the processes logged. */
  logFile: string;
}

export interface SeedOptions {
  turns: number;
  platforms: readonly PlaceName[];
  /** The homeserver of all runs, where Matrix is among the platforms. */
  synapse: Synapse | null;
  /** Folder for logs. */
  logs: string;
  /** Ends the run early; what it started is put down. */
  stop: AbortSignal;
}

/** From the last fault to the last answer. */
const deadlineMs = 90_000;
/** After the last answer, for whatever might still come twice. */
const calmMs = 2_000;
/** Where a seed's roles log. */
export const logFileOf = (seed: number, logs: string): string => join(logs, `seed-${seed}.log`);

/** One seeded run: real processes and a real queue, on a database, sandboxes and chat platforms of its own. */
export async function runSeed(seed: number, options: SeedOptions): Promise<SeedResult> {
  const { turns, platforms, synapse, logs, stop } = options;
  const began = performance.now();
  const dice = openDice(seed);
  const script = writeScript(seed, dice, { count: turns, platforms });
  const count = { workers: dice.between(2, 3), bots: dice.between(1, 2) };
  const planned = planFaults(dice, count, platforms);
  mkdirSync(logs, { recursive: true });
  const logFile = logFileOf(seed, logs);

  await using owned = new AsyncDisposableStack();
  const after = (release: () => unknown) => owned.defer(async () => void (await release()));
  const { url: databaseUrl } = await openTestDatabase({ after });
  const docker = await dockerForTests();
  after(() => docker.clear());
  const over = new AbortController();
  const ended = AbortSignal.any([over.signal, stop]);
  const log = openSync(logFile, 'w');
  after(() => closeSync(log));

  const bots: RoleKeeper[] = [];
  const sides = await openSides(platforms, { synapse, findBots: findAmong(bots), dice, people }, owned);
  after(() => over.abort());
  const reach: Reach = Object.assign({}, ...[...sides.values()].map((side) => side.reach));

  const { uidFor: _uid, onNote: _note, ...sandbox } = docker.options;
  const common = { databaseUrl, home: docker.options.home, reach, sandbox };
  const kept = keepRoles({ dice, count, log, settings: common, worker: 'worker', after });
  const { workers, losses, held } = kept;
  bots.push(...kept.bots);
  await untilReady([...bots, ...workers], stop);
  await Promise.all([...sides.values()].map((side) => side.begin(ended)));

  const started = performance.now();
  const talking = talk(script, sides, ended);
  const pressing = pressCards(script, sides, seed, ended);
  pressing.catch(() => {});
  const [said] = await Promise.all([
    talking,
    bringFaults(planned, { workers, bots, sides, databaseUrl, over: ended }),
  ]);
  await untilAnswered(said, sides, deadlineMs, stop);
  await sleep(calmMs, undefined, { signal: stop });
  over.abort();
  await pressing;
  const answered = performance.now();
  await Promise.all([...bots, ...workers].map((role) => role.stop()));

  const core = await openCore({ databaseUrl, redisUrl: undefined, home: common.home, name: 'chaos' });
  after(() => core.close());
  const seen = await inspect(core, docker, { script, losses, held: await Promise.all(held) }, common.home);
  const posts = await readPosts(sides);
  const outcome = judge({ said, posts, ...seen });
  if (outcome.faults.length > 0)
    await writeLeavings(core.database, { posts, losses, sides: sides.values() }, log);
  return {
    ...outcome,
    faults: [...outcome.faults, ...seen.broken],
    seed,
    turns,
    losses,
    planned,
    maxRecoveryMs: seen.maxRecoveryMs,
    failed: seen.failed,
    phasesMs: [started - began, answered - started, performance.now() - answered].map(Math.round),
    logFile,
  };
}
