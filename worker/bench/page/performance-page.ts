import type { About } from '../about.ts';
import { benches, benchNames } from '../benches.ts';
import type { Metric } from '../metric.ts';
import { promises } from './promises.ts';
import { table } from './table.ts';
import type { Kept, Taken } from './taken.ts';

/** `docs/performance.md` from what the benches found: no figure and no verdict in it is typed. Pure. */
export function performancePage(kept: ReadonlyMap<string, Kept>): string {
  return `${[
    '# Performance',
    '',
    'Made by `npm run bench -- --write` from what it measured (`docs/performance.jsonl`); every word of explanation stands beside',
    "the bench's code in `worker/bench/`. Do not edit it here. A test holds page, figures and explanations together.",
    '',
    'A **floor** is what the same machine does without us, measured in the same run; a target that is a share of it moves with',
    'the machine. ✓ met, ✗ not met, no mark: told, not judged. What the figures mean for a larger installation: [scaling](scaling.md).',
    '',
    '## What the design promises',
    '',
    ...promiseTable(kept),
    ...benchNames.flatMap((name) => section(name, benches[name], kept.get(name))),
  ].join('\n')}\n`;
}

function promiseTable(kept: ReadonlyMap<string, Kept>): string[] {
  const rows = promises.map(({ what, target, shownBy }) => {
    const found = shownBy.map(({ bench, metric }) => ({ metric, found: find(kept, bench, metric) }));
    const measured = found.map(({ metric, found: one }) =>
      one ? `${withUnit(one)}${one.met === false ? ' ✗' : ''}` : `${metric}: not measured`,
    );
    const met = found.every(({ found: one }) => one?.met === true);
    return [what, target, measured.join(' · '), met ? '✓' : '✗'];
  });
  return table(['what', 'target', 'measured', ''], rows);
}

function section(name: string, about: About, run: Kept | undefined): string[] {
  const head = ['', `## ${about.title}`, '', about.how, '', `Again: \`npm run bench -- ${name}\`.`];
  if (!run) return [...head, '', 'Not measured yet.'];
  const rows = run.metrics.map((metric) => [
    metric.metric,
    withUnit(metric),
    metric.floor === null ? '' : `${metric.floor}`,
    metric.target === null ? '' : `${metric.target}`,
    metric.met === null ? '' : metric.met ? '✓' : '✗',
    explanationOf(about, metric.metric) ?? '',
  ]);
  const missed = run.metrics.filter(({ met }) => met === false);
  return [
    ...head,
    takenWords(run.taken),
    '',
    ...table(['figure', 'value', 'floor', 'target', '', 'what it says'], rows),
    ...missed.flatMap(({ metric }) => [
      '',
      `**${metric}** falls short. ${about.short?.[metric] ?? unexplained}`,
    ]),
  ];
}

const unexplained = 'Nothing is written down about why.';

/** The words for a metric: those of the longest beginning that fits. */
export function explanationOf({ figures }: About, metric: string): string | null {
  const [best] = Object.keys(figures)
    .filter((beginning) => metric.startsWith(beginning))
    .sort((a, b) => b.length - a.length);
  return best === undefined ? null : (figures[best] ?? null);
}

function takenWords({ at, cpu, cores, memoryGiB, load, node, seconds }: Taken): string {
  const when = `${at.slice(0, 10)} ${at.slice(11, 16)} UTC`;
  return `Taken ${when} in ${seconds} s: ${cores} × ${cpu}, ${memoryGiB} GiB, Node ${node}; load ${load} when it began.`;
}

function find(kept: ReadonlyMap<string, Kept>, bench: string, metric: string): Metric | undefined {
  return kept.get(bench)?.metrics.find((one) => one.metric === metric);
}

function withUnit({ value, unit }: Metric): string {
  return unit === '' ? `${value}` : `${value} ${unit}`;
}
