import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import type { Metric } from '../metric.ts';

/** On what and when the figures of a bench were taken. */
export interface Taken {
  bench: string;
  /** ISO 8601. */
  at: string;
  cpu: string;
  cores: number;
  memoryGiB: number;
  /** Processes that wanted to run in the minute before it began: what others did besides. */
  load: number;
  node: string;
  seconds: number;
}

export function machineNow(): Omit<Taken, 'bench' | 'seconds'> {
  return {
    at: new Date().toISOString(),
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 1024 ** 3),
    load: Number((loadavg()[0] ?? 0).toFixed(1)),
    node: process.version,
  };
}

/** One run of one bench. */
export interface Kept {
  taken: Taken;
  metrics: Metric[];
}

/** The lines of a kept file: for each bench one that says how it was taken, then its metrics. */
export function readKept(text: string): Map<string, Kept> {
  const kept = new Map<string, Kept>();
  for (const line of text.split('\n').filter(Boolean)) {
    const read = JSON.parse(line) as Taken | Metric;
    if ('metric' in read) kept.get(read.bench)?.metrics.push(read);
    else kept.set(read.bench, { taken: read, metrics: [] });
  }
  return kept;
}

export function linesOf(kept: Iterable<Kept>): string {
  return [...kept]
    .flatMap(({ taken, metrics }) => [taken, ...metrics])
    .map((line) => `${JSON.stringify(line)}\n`)
    .join('');
}
