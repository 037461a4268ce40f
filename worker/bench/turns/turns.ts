import { atLeast, atMost, type Found, percentile, rounded, told } from '../metric.ts';
import { measureFairness } from './fairness.ts';
import { measureIdle, queueMany } from './latency.ts';
import { openPlace } from './place.ts';
import { measureBareQueue, measureTurns } from './speed.ts';

const turns = 1_000;
const workingTurns = 300;
const commands = 5;
const ofWorking = `processor time of a turn with ${commands} commands`;
const quietTurns = 200;
const waiting = 1_000;
const heavy = 10_000;

/** Turns from end to end: speed beside the bare queue, latency, fairness. */
export async function benchTurns(say: (what: string) => void): Promise<Found[]> {
  return [...(await speed(say)), ...(await latency(say)), ...(await fairness(say))];
}

async function speed(say: (what: string) => void): Promise<Found[]> {
  await using owned = new AsyncDisposableStack();
  const place = await openPlace(owned);
  await measureTurns(place, turns / 10);
  say(`${turns} turns with an instant model`);
  const ours = await measureTurns(place, turns);
  say(`${workingTurns} turns that run ${commands} commands`);
  place.commands = commands;
  const working = await measureTurns(place, workingTurns);
  say('the bare queue with as many commits');
  const { commits } = await measureBareQueue(place.databaseUrl, turns, 0);
  const bare = await measureBareQueue(place.databaseUrl, turns, Math.round(ours.commits - commits));
  const floor = rounded(bare.perSecond);
  return [
    told({ metric: 'writing transactions a turn', value: rounded(ours.commits), unit: '' }),
    told({ metric: 'writing transactions a job of the bare queue', value: rounded(bare.commits), unit: '' }),
    told({ metric: 'processor time of a turn, ours', value: rounded(ours.busy.ours), unit: 'ms' }),
    told({ metric: 'processor time of a turn, Postgres', value: rounded(ours.busy.postgres), unit: 'ms' }),
    told({ metric: `${ofWorking}, ours`, value: rounded(working.busy.ours), unit: 'ms' }),
    told({ metric: `${ofWorking}, Postgres`, value: rounded(working.busy.postgres), unit: 'ms' }),
    told({ metric: `turns with ${commands} commands`, value: rounded(working.perSecond), unit: 'turns/s' }),
    told({ metric: 'processor time of a job, ours', value: rounded(bare.busy.ours), unit: 'ms' }),
    told({ metric: 'processor time of a job, Postgres', value: rounded(bare.busy.postgres), unit: 'ms' }),
    atLeast(
      { metric: 'turns', value: rounded(ours.perSecond), unit: 'turns/s' },
      rounded(0.6 * floor),
      floor,
    ),
  ];
}

async function latency(say: (what: string) => void): Promise<Found[]> {
  await using owned = new AsyncDisposableStack();
  const place = await openPlace(owned);
  await measureIdle(place, 20, 'warm');
  say(`${quietTurns} turns one by one on an idle system`);
  const { toModel, toPost } = await measureIdle(place, quietTurns, 'idle');
  say(`the same behind ${waiting} turns that wait`);
  await queueMany(place, waiting);
  const behind = await measureIdle(place, quietTurns, 'behind');
  const ms = (samples: readonly number[], share: number) => rounded(percentile(samples, share));
  return [
    atMost({ metric: 'committed turn → model, p50', value: ms(toModel, 0.5), unit: 'ms' }, 15),
    atMost({ metric: 'committed turn → model, p99', value: ms(toModel, 0.99), unit: 'ms' }, 60),
    atMost({ metric: 'turn finished → answer sent, p50', value: ms(toPost, 0.5), unit: 'ms' }, 50),
    atMost(
      {
        metric: `turn finished → answer sent, ${waiting} waiting, p50`,
        value: ms(behind.toPost, 0.5),
        unit: 'ms',
      },
      50,
    ),
  ];
}

async function fairness(say: (what: string) => void): Promise<Found[]> {
  await using owned = new AsyncDisposableStack();
  say('99 people who ask once each');
  const alone = await measureFairness(await openPlace(owned), 0);
  say(`the same while one person has ${heavy} turns waiting`);
  const beside = await measureFairness(await openPlace(owned), heavy);
  const idleMs = percentile(alone.lightWaitsMs, 0.99);
  const besideMs = rounded(percentile(beside.lightWaitsMs, 0.99));
  return [
    atLeast({ metric: 'Jain index', value: Number(beside.jain.toFixed(4)), unit: '' }, 0.98),
    atMost({ metric: 'inversions in a session', value: beside.inversions, unit: '' }, 0),
    told({ metric: 'wait of light users alone, p99', value: rounded(idleMs), unit: 'ms' }),
    atMost({ metric: 'wait of light users, p99', value: besideMs, unit: 'ms' }, rounded(2 * idleMs)),
  ];
}
