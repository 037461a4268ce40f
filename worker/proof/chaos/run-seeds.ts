import { rmSync } from 'node:fs';
import { startSynapse } from '#bots/matrix/testing/synapse.ts';
import { messageOf } from '#core/errors.ts';
import type { PlaceName } from './places.ts';
import { logFileOf, runSeed, type SeedResult } from './seed-run.ts';

/** The last line of a chaos run. */
export interface Summary {
  seeds: number;
  turns: number;
  lost: number;
  doubled_effects: number;
  doubled_posts: number;
  inversions: number;
  stuck: number;
  max_recovery_ms: number;
}

export interface RunOptions {
  /** Turns of each seed. */
  turns: number;
  platforms: readonly PlaceName[];
  /** Seeds that run side by side. */
  atOnce: number;
  logs: string;
  stop: AbortSignal;
  say(line: string): void;
}

/**
 * Runs seeds side by side. `good` is false when one of the five counts is not 0 or anything else is broken; a seed that could
 * not be run to its end is said, and not counted.
 */
export async function runSeeds(
  seeds: readonly number[],
  options: RunOptions,
): Promise<{ summary: Summary; good: boolean }> {
  await using owned = new AsyncDisposableStack();
  const synapse = options.platforms.includes('matrix')
    ? await startSynapse({ after: (release) => void owned.defer(release) })
    : null;
  const waiting = [...seeds];
  const results: SeedResult[] = [];
  const work = async () => {
    for (let seed = waiting.shift(); seed !== undefined; seed = waiting.shift()) {
      options.stop.throwIfAborted();
      try {
        const result = await runSeed(seed, { ...options, synapse });
        results.push(result);
        options.say(describe(result));
      } catch (error) {
        options.say(
          `✗ seed ${seed}: not run to its end: ${messageOf(error)}; log: ${logFileOf(seed, options.logs)}`,
        );
      }
    }
  };
  // All of them end before a failure is told, so that each puts down what it started.
  const done = await Promise.allSettled(Array.from({ length: Math.min(options.atOnce, seeds.length) }, work));
  for (const each of done) if (each.status === 'rejected') throw each.reason;
  const good = results.length === seeds.length && results.every((result) => result.faults.length === 0);
  if (good) rmSync(options.logs, { recursive: true, force: true });
  return { summary: summarise(results), good };
}

function describe(result: SeedResult): string {
  const { seed, turns, losses, planned, maxRecoveryMs, failed, faults, logFile, phasesMs } = result;
  const kinds = [...new Set(planned.map(({ kind }) => kind))].join(', ');
  const seconds = phasesMs.map((ms) => (ms / 1000).toFixed(1)).join(' + ');
  const line = `seed ${seed}: ${turns} turns (${failed} failed), ${losses.length} processes lost, ${kinds}; recovery ${maxRecoveryMs} ms; ${seconds} s`;
  if (faults.length === 0) return `✓ ${line}`;
  return `✗ ${line}; log: ${logFile}\n${faults.map((fault) => `    ${fault}`).join('\n')}`;
}

function summarise(results: readonly SeedResult[]): Summary {
  const sum = (of: (result: SeedResult) => number) =>
    results.reduce((total, result) => total + of(result), 0);
  return {
    seeds: results.length,
    turns: sum(({ turns }) => turns),
    lost: sum(({ lost }) => lost),
    doubled_effects: sum(({ doubled_effects }) => doubled_effects),
    doubled_posts: sum(({ doubled_posts }) => doubled_posts),
    inversions: sum(({ inversions }) => inversions),
    stuck: sum(({ stuck }) => stuck),
    max_recovery_ms: Math.max(0, ...results.map(({ maxRecoveryMs }) => maxRecoveryMs)),
  };
}
