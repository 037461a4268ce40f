/** One number of a bench, as its JSON line says it. */
export interface Metric {
  bench: string;
  metric: string;
  value: number;
  unit: string;
  /** What the same machine does at the least, measured in the same run; null where nothing compares. */
  floor: number | null;
  /** Null: told, not judged. */
  target: number | null;
  met: boolean | null;
}

/** What a bench gives: it need not know its own name. */
export type Found = Omit<Metric, 'bench'>;

/** A metric that must reach its target; `floor` as in `Metric`. */
export function atLeast(metric: Pick<Metric, 'metric' | 'value' | 'unit'>, target: number, floor?: number) {
  return { ...metric, floor: floor ?? null, target, met: metric.value >= target };
}

/** A metric that must stay below its target. */
export function atMost(metric: Pick<Metric, 'metric' | 'value' | 'unit'>, target: number) {
  return { ...metric, floor: null, target, met: metric.value <= target };
}

/** A metric without a target. */
export function told(metric: Pick<Metric, 'metric' | 'value' | 'unit'>) {
  return { ...metric, floor: null, target: null, met: null };
}

/** A number with three digits that count. */
export function rounded(value: number): number {
  return value >= 100 ? Math.round(value) : Number(value.toPrecision(3));
}

/** The table for people. */
export function tableOf(metrics: readonly Metric[]): string {
  const head = ['bench', 'metric', 'value', 'unit', 'floor', 'target', ''];
  const rows = metrics.map(({ bench, metric, value, unit, floor, target, met }) => [
    bench,
    metric,
    `${value}`,
    unit,
    floor === null ? '' : `${floor}`,
    target === null ? '' : `${target}`,
    met === null ? '' : met ? '✓' : '✗',
  ]);
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)));
  const line = (row: string[]) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return [head, ...rows].map(line).join('\n');
}

/** The value below which this share of the samples lies. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
