import { type Dice, openDice } from '#worker/proof/chaos/random.ts';
import type { Cost, Costs } from './costs.ts';
import { type Job, type Step, simulate } from './simulation.ts';

/** What the simulation makes of the measured machine, beside what was measured on it. */
export interface Reproduced {
  figure: string;
  unit: string;
  measured: number;
  simulated: number;
}

const seed = 1;
/** As the bench `turns` is set up. */
const hands = 16;
const slots = 8;
/** Statements by which a turn reaches the database, counted: at its submission, before its first model request, in all. */
const statements = { submission: 3, toModel: 9, plain: 20, working: 32, job: 12 };

/** Simulates the bench `turns` with nothing but the measured processor times: one process of ours, Postgres, and the cores. */
export function reproduce(costs: Costs): Reproduced[] {
  const { plain, working, job, perSecond, cores, toModel } = costs;
  const speed = (cost: Cost, count: number) => throughput(cost, count, cores);
  return [
    row('turns', 'turns/s', perSecond.plain, speed(plain, statements.plain)),
    row('turns with 5 commands', 'turns/s', perSecond.working, speed(working, statements.working)),
    row('jobs of the bare queue', 'jobs/s', perSecond.job, speed(job, statements.job)),
    row(
      'committed turn → model, p50',
      'ms',
      toModel,
      ((plain.ours + plain.postgres) * statements.toModel) / statements.plain,
    ),
  ];
}

function row(figure: string, unit: string, measured: number, simulated: number): Reproduced {
  return { figure, unit, measured, simulated };
}

/** Units a second when a thousand of them are submitted and run as fast as they go. */
function throughput(cost: Cost, count: number, cores: number): number {
  const dice = openDice(seed);
  const units = 1_000;
  const submission = Math.min(statements.submission, count);
  const jobs: Job[] = [];
  for (let n = 0; n < units; n += 1) {
    jobs.push({ from: 0, holds: ['hands'], steps: stepsOf(cost, submission, count, dice) });
    jobs.push({ from: 0, holds: ['slots'], steps: stepsOf(cost, count - submission, count, dice) });
  }
  // JavaScript runs on one core at a time; every statement waits for its answer.
  const { endedMs } = simulate({ hands, slots, javascript: 1, cores }, jobs);
  return (1000 * units) / endedMs;
}

/** So many of a unit's statements: our part of the work, then the database's, each of a random length. */
function* stepsOf(cost: Cost, some: number, of: number, dice: Dice): Generator<Step> {
  for (let n = 0; n < some; n += 1) {
    yield { at: ['javascript', 'cores'], ms: random(dice, cost.ours / of) };
    yield { at: ['cores'], ms: random(dice, cost.postgres / of) };
  }
}

/** Exponential with this mean. */
export function random(dice: Dice, mean: number): number {
  return -mean * Math.log(1 - dice.next());
}
