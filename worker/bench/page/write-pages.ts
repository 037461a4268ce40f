import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { benchNames } from '../benches.ts';
import type { Metric } from '../metric.ts';
import { scalingPage } from '../scaling/scaling-page.ts';
import { performancePage } from './performance-page.ts';
import { type Kept, linesOf, readKept, type Taken } from './taken.ts';

const docs = join(import.meta.dirname, '../../../docs');
export const keptFile = join(docs, 'performance.jsonl');
export const scalingFile = join(docs, 'scaling.md');
export const pageFile = join(docs, 'performance.md');

/** What was found last, of every bench. */
export function kept(): Map<string, Kept> {
  return existsSync(keptFile) ? readKept(readFileSync(keptFile, 'utf8')) : new Map();
}

/** Keeps what a bench found instead of what it had found before. */
export function keepTaken(taken: Taken, metrics: Metric[]): void {
  const all = kept().set(taken.bench, { taken, metrics });
  const inOrder = benchNames.flatMap((name) => all.get(name) ?? []);
  writeFileSync(keptFile, linesOf(inOrder));
}

/** Makes `docs/performance.md` and `docs/scaling.md` from what is kept. */
export function writePages(): void {
  writeFileSync(pageFile, performancePage(kept()));
  writeFileSync(scalingFile, scalingPage(kept()));
}
