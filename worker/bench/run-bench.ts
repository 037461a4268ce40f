import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type BenchName, benches } from './benches.ts';
import type { Found } from './metric.ts';

/** Between being asked to end and being ended: it clears away what it started. */
const graceMs = 10_000;

/**
 * Runs one bench in a process of its own.
 * @throws when it fails, when it takes longer than it may, and when `stop` comes first
 */
export async function runBench(name: BenchName, stop: AbortSignal): Promise<Found[]> {
  stop.throwIfAborted();
  const child = fork(join(import.meta.dirname, 'one.ts'), [name], {
    execArgv: ['--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', 2, 2, 'ipc'],
  });
  let found: Found[] | null = null;
  child.on('message', (message) => {
    found = (message as { found: Found[] }).found;
  });
  const { minutes } = benches[name];
  const late = AbortSignal.timeout(minutes * 60_000);
  const exited = once(child, 'exit');
  try {
    await Promise.race([exited, rejected(AbortSignal.any([late, stop]))]);
  } catch (error) {
    child.kill('SIGTERM');
    await Promise.race([exited, sleep(graceMs, undefined, { ref: false })]);
    child.kill('SIGKILL');
    throw late.aborted ? new Error(`it was not done after ${minutes} minutes and was ended`) : error;
  }
  if (!found) throw new Error(`it ended with ${child.exitCode ?? child.signalCode}; its own words are above`);
  return found;
}

function rejected(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  return promise;
}
