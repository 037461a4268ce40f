import { type Dice, openDice } from '#worker/proof/chaos/random.ts';
import { percentile } from '../metric.ts';
import type { Costs } from './costs.ts';
import { type Job, type Step, simulate } from './simulation.ts';
import { random } from './two-cores.ts';

/** What is taken to be so, since no bench can know it: people, models and what commands do. */
export const assumed = {
  turnsASession: 5,
  modelCalls: 6,
  commands: 5,
  /** Outbound requests of a turn. */
  requests: 10,
  modelMs: 4_000,
  commandMs: 2_000,
  /** The busiest hour's rate, of the day's mean. */
  peak: 4,
  /** A sandbox without work is kept for so long, in s (DECKHAND_SANDBOX_IDLE_S). */
  sandboxIdleS: 600,
  /** Memory of a sandbox that waits, and of one with a command, in MiB. */
  idleSandboxMiB: 30,
  busySandboxMiB: 400,
  hostMiB: 65_536,
  /** No part is planned to be busier than this. */
  share: 0.6,
} as const;

/** Parts by what one of them is: a process, a core, a place, a host. */
export const parts = {
  bots: 'bots process',
  worker: 'worker process',
  postgres: 'core of Postgres',
  claims: 'claims, one after the other',
  egress: 'egress process',
  slots: 'worker slot',
  hosts: 'Docker host of 64 GiB',
} as const;

export type Part = keyof typeof parts;

/** A size of installation. */
export interface Larger {
  sessionsADay: number;
  /** In the busiest hour. */
  turnsASecond: number;
  /** How many of each part the busiest hour keeps busy altogether, without any reserve. */
  needed: Record<Part, number>;
  /** With the reserve: how many are set up. */
  planned: Record<Part, number>;
  /** What the platform adds to the time of models and commands with the planned parts, in ms. */
  addedMs: { p50: number; p99: number };
}

const seed = 2;
const forMs = 60_000;
/** Of a plain turn's time in our process what is the bots role's: the submission, and bringing the thread up to date. */
const botsShare = 0.3;
/** A turn's time with models and commands, in ms. */
const elsewhereMs = assumed.modelCalls * assumed.modelMs + assumed.commands * assumed.commandMs;
/** Statements of a working turn; a claim costs about two of them, all of it under the lock. */
const statements = 32;

/** @param sessionsADay in the mean of a day. */
export function larger(costs: Costs, sessionsADay: number): Larger {
  const turnsASecond = (sessionsADay * assumed.turnsASession * assumed.peak) / 86_400;
  const { working, plain } = costs;
  const perTurn = {
    bots: plain.ours * botsShare,
    worker: working.ours,
    postgres: working.postgres,
    claims: (2 * working.postgres) / statements,
    egress: assumed.requests * costs.request,
    slots: elsewhereMs,
  };
  const busySandboxes = (turnsASecond * elsewhereMs) / 1000;
  const idleSandboxes = (turnsASecond / assumed.turnsASession) * assumed.sandboxIdleS;
  const memory = busySandboxes * assumed.busySandboxMiB + idleSandboxes * assumed.idleSandboxMiB;
  const busy = (part: keyof typeof perTurn) => (turnsASecond * perTurn[part]) / 1000;
  const needed: Record<Part, number> = {
    bots: busy('bots'),
    worker: busy('worker'),
    postgres: busy('postgres'),
    claims: busy('claims'),
    egress: busy('egress'),
    slots: busy('slots'),
    hosts: memory / assumed.hostMiB,
  };
  const planned = Object.fromEntries(
    Object.entries(needed).map(([part, many]) => [
      part,
      part === 'claims' ? 1 : Math.ceil(many / assumed.share),
    ]),
  ) as Record<Part, number>;
  return { sessionsADay, turnsASecond, needed, planned, addedMs: addedTimes(turnsASecond, perTurn, planned) };
}

type PerTurn = Record<Exclude<Part, 'hosts'>, number>;

/** Simulates a minute of the busiest hour over the planned parts. */
function addedTimes(perSecond: number, perTurn: PerTurn, planned: Record<Part, number>) {
  const dice = openDice(seed);
  const jobs: Job[] = [];
  for (let from = random(dice, 1000 / perSecond); from < forMs; from += random(dice, 1000 / perSecond))
    jobs.push({ from, holds: [], steps: turn(perTurn, dice) });
  const { bots, worker, postgres, claims, egress } = planned;
  const { tookMs } = simulate({ bots, worker, postgres, claims, egress }, jobs);
  // Models and commands take the same time in every turn: the rest is what was added.
  const waits = tookMs.map((ms) => ms - elsewhereMs);
  return { p50: percentile(waits, 0.5), p99: percentile(waits, 0.99) };
}

/** Submission, claim, the effects one after the other with requests in between, and the end. */
function* turn(perTurn: PerTurn, dice: Dice): Generator<Step> {
  const effects = assumed.modelCalls + assumed.commands;
  // Of the rounds between worker and database one is the submission's and one the end's.
  const rounds = effects + 2;
  const postgresMs = (perTurn.postgres - perTurn.claims) / rounds;
  yield { at: ['bots'], ms: random(dice, perTurn.bots / 2) };
  yield { at: ['postgres'], ms: random(dice, postgresMs) };
  yield { at: ['claims', 'postgres'], ms: random(dice, perTurn.claims) };
  for (let effect = 0; effect < effects; effect += 1) {
    yield { at: ['worker'], ms: random(dice, perTurn.worker / (effects + 1)) };
    yield { at: ['postgres'], ms: random(dice, postgresMs) };
    yield { at: [], ms: effect % 2 === 0 ? assumed.modelMs : assumed.commandMs };
    yield { at: ['egress'], ms: random(dice, perTurn.egress / effects) };
  }
  yield { at: ['worker'], ms: random(dice, perTurn.worker / (effects + 1)) };
  yield { at: ['postgres'], ms: random(dice, postgresMs) };
  yield { at: ['bots'], ms: random(dice, perTurn.bots / 2) };
}
