import { rmSync } from 'node:fs';
import { startSynapse } from '#bots/matrix/testing/synapse.ts';
import type { PlaceName } from '../chaos/places.ts';
import { type RoundResult, runRound } from './round.ts';

/** The last line of a conservation run. */
export interface Summary {
  seeds: number;
  messages: number;
  lost: number;
  doubled: number;
  misplaced: number;
  unauthorised: number;
}

export interface RunOptions {
  /** Seeds that share a set of processes. */
  perRound: number;
  /** Messages of each seed. */
  messages: number;
  platforms: readonly PlaceName[];
  logs: string;
  stop: AbortSignal;
  say(line: string): void;
}

/** Runs seeds in rounds. `good` is false when one of the four counts is not 0. */
export async function runRounds(
  seeds: readonly number[],
  options: RunOptions,
): Promise<{ summary: Summary; good: boolean }> {
  await using owned = new AsyncDisposableStack();
  const synapse = options.platforms.includes('matrix')
    ? await startSynapse({ after: (release) => void owned.defer(release) })
    : null;
  const summary: Summary = { seeds: 0, messages: 0, lost: 0, doubled: 0, misplaced: 0, unauthorised: 0 };
  let good = true;
  for (let at = 0; at < seeds.length; at += options.perRound) {
    const round = seeds.slice(at, at + options.perRound);
    const result = await runRound(round, { ...options, synapse });
    options.say(describe(result));
    good &&= result.faults.length === 0;
    summary.seeds += round.length;
    summary.messages += result.messages;
    for (const what of ['lost', 'doubled', 'misplaced', 'unauthorised'] as const)
      summary[what] += result[what];
  }
  if (good) rmSync(options.logs, { recursive: true, force: true });
  return { summary, good };
}

function describe({ seeds, messages, losses, planned, tookMs, faults, logFile }: RoundResult): string {
  const kinds = [...new Set(planned)].join(', ');
  const perSeed = (tookMs / 1000 / seeds.length).toFixed(1);
  const line = `seeds ${seeds[0]}–${seeds.at(-1)}: ${messages} messages, ${losses} processes lost, ${kinds}; ${perSeed} s a seed`;
  if (faults.length === 0) return `✓ ${line}`;
  const words = faults.map((fault) => `    seed ${fault.seed}: ${fault.words}`);
  return `✗ ${line}; log: ${logFile}\n${words.join('\n')}`;
}
