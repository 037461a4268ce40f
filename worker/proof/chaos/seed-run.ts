import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openCore } from '#core/infra/open-core.ts';
import { openTestDatabase } from '#core/testing/database.ts';
import { dockerForTests } from '#worker/sandbox/docker/engine-for-tests.ts';
import { type ChatDouble, openChatDouble } from './chat-double.ts';
import { type Delivered, openPostman } from './delivery.ts';
import { bringFaults, type Fault, planDeath, planFaults, silentMs } from './faults.ts';
import { inspect } from './inspect.ts';
import { judge, type Outcome } from './outcome.ts';
import { openDice } from './random.ts';
import { type Held, heldAt } from './recovery.ts';
import { keepRole, type Loss, type RoleKeeper } from './role-keeper.ts';
import { type Message, writeScript } from './script.ts';

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
  /** Folder for logs. */
  logs: string;
  /** Ends the run early; what it started is put down. */
  stop: AbortSignal;
}

/** From the last fault to the last answer. */
const deadlineMs = 60_000;
/** After the last answer, for whatever might still come twice. */
const calmMs = 2_000;
/** Deaths at points per role and run: then its processes are left alone, so that the run comes to an end. */
const maxDeaths = 3;

/** One seeded run: real processes and a real queue, on a database and sandboxes of its own. */
export async function runSeed(seed: number, { turns, logs, stop }: SeedOptions): Promise<SeedResult> {
  const began = performance.now();
  const dice = openDice(seed);
  const script = writeScript(seed, dice, turns);
  const workerCount = dice.between(2, 3);
  const planned = planFaults(dice, workerCount);
  mkdirSync(logs, { recursive: true });
  const logFile = join(logs, `seed-${seed}.log`);

  await using owned = new AsyncDisposableStack();
  const after = (release: () => unknown) => owned.defer(async () => void (await release()));
  const { url: databaseUrl } = await openTestDatabase({ after } as never);
  const docker = await dockerForTests();
  after(() => docker.clear());
  const over = new AbortController();
  after(() => over.abort());
  const ended = AbortSignal.any([over.signal, stop]);
  const log = openSync(logFile, 'w');
  after(() => closeSync(log));

  const losses: Loss[] = [];
  const held: Promise<Held>[] = [];
  const cards = new Map<string, Promise<void>>();
  const chat: ChatDouble = await openChatDouble(({ content }) => {
    const message = script.find(({ text }) => text === content.asked);
    if (!content.asks || !message || cards.has(content.asks)) return;
    const pressed = postman.press(
      content.asks,
      message.allow,
      openDice(seed + message.atMs).between(50, 4_000),
    );
    cards.set(
      content.asks,
      pressed.catch(() => {}),
    );
  });
  after(() => chat.close());

  const { uidFor: _uid, onNote: _note, ...sandbox } = docker.options;
  const common = { databaseUrl, home: docker.options.home, chatUrl: chat.url, sandbox };
  const keep = (program: 'worker' | 'bots', ownDice = openDice(dice.between(0, 2 ** 30))): RoleKeeper => {
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
  const bots = keep('bots');
  const workers = Array.from({ length: workerCount }, () => keep('worker'));
  const postman = openPostman(bots, ended);
  await untilReady([bots, ...workers], stop);

  const started = performance.now();
  const deliveries = script.map((message) => postman.deliver(message, started));
  await bringFaults(planned, { workers, bots, databaseUrl, over: ended });
  await untilAnswered(script, chat, stop);
  const answered = performance.now();
  const delivered = await deliveredWithin(deliveries, over);
  await Promise.all([bots, ...workers].map((role) => role.stop()));

  const core = await openCore({ databaseUrl, redisUrl: undefined, home: common.home, name: 'chaos' });
  after(() => core.close());
  const seen = await inspect(core, docker, { script, losses, held: await Promise.all(held) }, common.home);
  const outcome = judge({ delivered, posts: chat.posts, ...seen });
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

async function untilAnswered(script: readonly Message[], chat: ChatDouble, stop: AbortSignal): Promise<void> {
  const answered = () => {
    const asked = new Set(
      chat.posts.filter((post) => post.kind === 'answer').map((post) => post.content.asked),
    );
    return script.every((message) => asked.has(message.text));
  };
  for (const until = performance.now() + deadlineMs; performance.now() < until && !answered(); )
    await sleep(50, undefined, { signal: stop });
  await sleep(calmMs, undefined, { signal: stop });
}

/** What is still on its way is given up. */
async function deliveredWithin(
  deliveries: Promise<Delivered>[],
  over: AbortController,
): Promise<Delivered[]> {
  const all = Promise.all(deliveries);
  await Promise.race([all, sleep(1_000)]);
  over.abort();
  return all;
}
