import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Core, openCore } from '#core/infra/open-core.ts';
import { sayAccepted } from '#core/testing/core.ts';
import { until } from '#core/testing/until.ts';
import { type Dice, openDice } from '#worker/proof/chaos/random.ts';
import { type Held, heldAt, recoveries } from '#worker/proof/chaos/recovery.ts';
import { keepRole, type RoleKeeper } from '#worker/proof/chaos/role-keeper.ts';
import { openGround } from '../ground.ts';
import { atLeast, atMost, type Found, percentile, rounded, told } from '../metric.ts';
import { unfinished, untilAllEnded } from '../unfinished.ts';
import { countRepeats } from './counted.ts';
import { noteMoves, readStages, type Stages } from './stages.ts';

const seed = 11;
const workers = 3;
/** A turn that was cut off by the death of its worker counts as one kill point: each is somewhere else in its work. */
const killPoints = 200;
const commandsATurn = 4;
/** Turns that are open at any time: as many as there are slots. Where workers are dead, there are more than slots. */
const open = 24;
/** No worker is killed that holds fewer turns. */
const heldAtLeast = 4;
/** However slow the machine, killing ends after this; what was reached by then is the result. */
const killingMs = 240_000;

/** Workers are killed with `kill -9` at random moments of their turns' work; others take the turns over. */
export async function benchRecovery(say: (what: string) => void): Promise<Found[]> {
  await using owned = new AsyncDisposableStack();
  const { plainUrl: databaseUrl, home } = await openGround(owned);
  mkdirSync(home, { recursive: true });
  const core = await openCore({ databaseUrl, redisUrl: undefined, home, name: 'bench' });
  owned.defer(() => core.close());
  await noteMoves(core.database.pool);
  const logFile = join(home, 'workers.log');
  const log = openSync(logFile, 'a');
  owned.defer(() => closeSync(log));
  const held: Promise<Held>[] = [];
  const startsMs: number[] = [];
  let crashed = 0;
  const keepers = Array.from({ length: workers }, () => {
    const keeper = keepRole({
      program: '../../bench/recovery/worker',
      log,
      settings: () => ({ databaseUrl, home, reach: {}, death: null }),
      restartMs: () => 100,
      stoppedMs: 0,
      onReady: (tookMs) => startsMs.push(tookMs),
      onLoss: (loss) => {
        held.push(heldAt(databaseUrl, loss));
        if (loss.how === 'SIGKILL') return;
        crashed += 1;
        say(`a worker ended by itself (${loss.how}): ${lastWords(logFile)}`);
      },
    });
    owned.defer(() => keeper.stop());
    return keeper;
  });
  await until(async () => keepers.every((keeper) => keeper.ready()) || null, 'the workers to start', 90_000);

  say(`workers are killed until ${killPoints} turns were cut off`);
  const submitted = await killMany(core, keepers, held, openDice(seed));
  say('what was cut off goes on to its end');
  await untilAllEnded(core.database.pool);
  const { ran, repeated } = countRepeats(home);
  for (const command of repeated) say(`ran twice: ${command}`);
  const found = await judge(core, { ran, repeated: repeated.length, submitted }, await Promise.all(held));
  return [
    ...found,
    atMost({ metric: 'workers that ended by themselves', value: crashed, unit: '' }, 0),
    ...spread('start of a worker', startsMs),
  ];
}

function lastWords(logFile: string): string {
  return readFileSync(logFile, 'utf8').trim().split('\n').slice(-3).join('\n');
}

/** Keeps turns coming and kills, again and again, a worker that has some. @returns how many turns were submitted. */
async function killMany(
  core: Core,
  keepers: RoleKeeper[],
  held: Promise<Held>[],
  dice: Dice,
): Promise<number> {
  let submitted = 0;
  let cut = 0;
  for (const end = performance.now() + killingMs; cut < killPoints && performance.now() < end; ) {
    for (let now = await unfinished(core.database.pool); now < open; now += 1) {
      submitted += 1;
      await submit(core, submitted, dice);
    }
    // Somebody must be there to take over.
    const victim = dice.pick(keepers as [RoleKeeper, ...RoleKeeper[]]);
    const ready = victim.ready();
    const others = keepers.some((keeper) => keeper !== victim && keeper.ready());
    if (ready && 'worker' in ready && others) {
      const work = await core.claims.held(ready.worker);
      if (work.length >= heldAtLeast) {
        await sleep(dice.between(0, 400));
        victim.kill();
        await until(async () => (victim.ready() === ready ? null : true), 'the killed worker to be gone');
      }
    }
    await sleep(50);
    cut = (await Promise.all(held)).reduce((sum, { turnIds }) => sum + turnIds.length, 0);
  }
  return submitted;
}

/** Two calls of the model, and commands side by side, each of another length: kills meet all of it. */
async function submit(core: Core, n: number, dice: Dice): Promise<void> {
  const commands = Array.from(
    { length: commandsATurn },
    (_, part) => `$ sleep 0.${dice.between(1, 9)}; echo turn${n}part${part}`,
  );
  const { sessionId } = await sayAccepted(core, `thread${n}`, {
    by: `person${n % 20}`,
    text: commands.join('\n'),
  });
  await core.bell.ring(sessionId);
}

async function judge(
  core: Core,
  { ran, repeated, submitted }: { ran: number; repeated: number; submitted: number },
  held: Held[],
): Promise<Found[]> {
  const cutOff = held.filter(({ turnIds }) => turnIds.length > 0);
  const cut = cutOff.reduce((sum, { turnIds }) => sum + turnIds.length, 0);
  const waits: number[] = [];
  const { rows } = await core.database.pool.query<{ id: string }>(
    'SELECT DISTINCT session_id AS id FROM turn',
  );
  for (const { id } of rows) waits.push(...recoveries(await core.sessions.rows(id, 0, 10_000), cutOff));
  const ended = await core.database.pool.query<{ state: string; n: number }>(
    'SELECT state, count(*)::int AS n FROM turn GROUP BY state',
  );
  const succeeded = ended.rows.find(({ state }) => state === 'succeeded')?.n ?? 0;
  return [
    told({ metric: 'workers killed', value: cutOff.length, unit: '' }),
    atLeast({ metric: 'turns cut off', value: cut, unit: '' }, killPoints),
    atMost({ metric: 'commands that ran twice', value: repeated, unit: `of ${ran}` }, 0),
    atMost(
      { metric: 'turns that did not end well', value: submitted - succeeded, unit: `of ${submitted}` },
      0,
    ),
    told({ metric: 'cut off → resumed, p50', value: rounded(percentile(waits, 0.5)), unit: 'ms' }),
    atMost({ metric: 'cut off → resumed, longest', value: rounded(Math.max(...waits)), unit: 'ms' }, 10_000),
    ...stageFigures(await readStages(core.database.pool, cutOff)),
  ];
}

/** Where the time goes: what our clocks wait for, what waits for a slot, and what waits for the machine. */
function stageFigures(stages: readonly Stages[]): Found[] {
  return [
    ...spread(
      'cut off → given back',
      stages.map(({ freed }) => freed),
    ),
    ...spread(
      'given back → claimed',
      stages.map(({ claimed }) => claimed),
    ),
    ...spread(
      'claimed → resumed',
      stages.map(({ resumed }) => resumed),
    ),
  ];
}

function spread(what: string, samples: readonly number[]): Found[] {
  return [
    told({ metric: `${what}, p50`, value: rounded(percentile(samples, 0.5)), unit: 'ms' }),
    told({ metric: `${what}, longest`, value: rounded(Math.max(...samples)), unit: 'ms' }),
  ];
}
