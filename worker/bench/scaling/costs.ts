import type { Kept } from '../page/taken.ts';

/** What the benches measured of a turn, in ms of processor time unless said otherwise. */
export interface Costs {
  cores: number;
  plain: Cost;
  /** A turn of eleven effects. */
  working: Cost;
  /** A job of the bare queue. */
  job: Cost;
  /** Of the egress role, for one request over a kept connection. */
  request: number;
  perSecond: { plain: number; working: number; job: number };
  /** From the committed turn to the model's first request, in ms. */
  toModel: number;
}

export interface Cost {
  ours: number;
  postgres: number;
}

/** @returns null while one of these figures has not been measured. */
export function costsOf(kept: ReadonlyMap<string, Kept>): Costs | null {
  let missing = false;
  const find = (bench: string, metric: string) => {
    const found = kept.get(bench)?.metrics.find((one) => one.metric === metric);
    missing ||= found === undefined;
    return found;
  };
  const value = (bench: string, metric: string) => find(bench, metric)?.value ?? 0;
  const cost = (what: string): Cost => ({
    ours: value('turns', `processor time of ${what}, ours`),
    postgres: value('turns', `processor time of ${what}, Postgres`),
  });
  const costs: Costs = {
    cores: kept.get('turns')?.taken.cores ?? 0,
    plain: cost('a turn'),
    working: cost('a turn with 5 commands'),
    job: cost('a job'),
    request: value('egress', 'requests, work of door') / 1000,
    perSecond: {
      plain: value('turns', 'turns'),
      working: value('turns', 'turns with 5 commands'),
      job: find('turns', 'turns')?.floor ?? 0,
    },
    toModel: value('turns', 'committed turn → model, p50'),
  };
  return missing ? null : costs;
}
