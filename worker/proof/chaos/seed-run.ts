import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Synapse } from '#bots/matrix/testing/synapse.ts';
import { openCore } from '#core/infra/open-core.ts';
import { openTestDatabase } from '#core/testing/database.ts';
import { dockerForTests } from '#worker/sandbox/docker/engine-for-tests.ts';
import type { Reach } from './far/far-side.ts';
import { openSides } from './far/open-sides.ts';
import { bringFaults, type Fault, planDeath, planFaults, silentMs } from './faults.ts';
import { inspect } from './inspect.ts';
import { judge, type Outcome } from './outcome.ts';
import type { PlaceName } from './places.ts';
import { openDice } from './random.ts';
import { type Held, heldAt } from './recovery.ts';
import { keepRole, type Loss, type RoleKeeper } from './role-keeper.ts';
import { writeScript } from './script.ts';
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
/** Deaths at points per role and run: then its processes are left alone, so that the run comes to an end. */
const maxDeaths = 3;

/** One seeded run: real processes and a real queue, on a database, sandboxes and chat platforms of its own. */
export async function runSeed(seed: number, options: SeedOptions): Promise<SeedResult> {
  const { turns, platforms, synapse, logs, stop } = options;
  const began = performance.now();
  const dice = openDice(seed);
  const script = writeScript(seed, dice, { count: turns, platforms });
  const count = { workers: dice.between(2, 3), bots: dice.between(1, 2) };
  const planned = planFaults(dice, count, platforms);
  mkdirSync(logs, { recursive: true });
  const logFile = join(logs, `seed-${seed}.log`);

  await using owned = new AsyncDisposableStack();
  const after = (release: () => unknown) => owned.defer(async () => void (await release()));
  const { url: databaseUrl } = await openTestDatabase({ after } as never);
  const docker = await dockerForTests();
  after(() => docker.clear());
  const over = new AbortController();
  const ended = AbortSignal.any([over.signal, stop]);
  const log = openSync(logFile, 'w');
  after(() => closeSync(log));

  const bots: RoleKeeper[] = [];
  const findBots = () => {
    const ready = bots.map((keeper) => keeper.ready()).find((one) => one !== null);
    return ready && 'url' in ready ? ready.url : null;
  };
  const sides = await openSides(platforms, { synapse, findBots, dice }, owned);
  after(() => over.abort());
  const reach: Reach = Object.assign({}, ...[...sides.values()].map((side) => side.reach));

  const losses: Loss[] = [];
  const held: Promise<Held>[] = [];
  const { uidFor: _uid, onNote: _note, ...sandbox } = docker.options;
  const common = { databaseUrl, home: docker.options.home, reach, sandbox };
  const keep = (program: 'worker' | 'bots'): RoleKeeper => {
    const ownDice = openDice(dice.between(0, 2 ** 30));
    let deaths = 0;
    const keeper = keepRole({
      program,
      log,
      settings: () => ({ ...common, death: deaths < maxDeaths ? planDeath(ownDice, program) : null }),
      stoppedMs: silentMs + ownDice.between(500, 3_000),
      restartMs: () => ownDice.between(50, 600),
      onLoss: (loss) => {
        deaths += 1;
        losses.push(loss);
        held.push(heldAt(databaseUrl, loss));
      },
    });
    after(() => keeper.stop());
    return keeper;
  };
  for (let n = 0; n < count.bots; n += 1) bots.push(keep('bots'));
  const workers = Array.from({ length: count.workers }, () => keep('worker'));
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
  const outcome = judge({ said, posts: await readPosts(sides), ...seen });
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

async function untilReady(roles: readonly RoleKeeper[], stop: AbortSignal): Promise<void> {
  stop.throwIfAborted();
  for (
    const until = performance.now() + deadlineMs;
    roles.some((role) => !role.ready());
    await sleep(20, undefined, { signal: stop })
  ) {
    if (performance.now() > until) throw new Error('the roles do not start; see the log');
  }
}
