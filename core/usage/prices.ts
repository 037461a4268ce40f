import type { CallUsage } from './types.ts';

/** What a model costs, in US dollars for a million tokens. */
export interface Price {
  input: number;
  cachedInput: number;
  output: number;
}

/** A line of the price table. `model` may end in `*`: the longest that fits counts. */
export interface PriceLine extends Price {
  provider: string;
  model: string;
}

/** The price of a model; null when the table has none. */
export function priceOf(table: readonly PriceLine[], provider: string, model: string): Price | null {
  const fitting = table.filter((line) => line.provider === provider && fits(line.model, model));
  const best = fitting.toSorted((one, other) => weight(other.model) - weight(one.model))[0];
  return best ? { input: best.input, cachedInput: best.cachedInput, output: best.output } : null;
}

/** What a call cost, in US dollars. */
export function costOf(usage: CallUsage, price: Price): number {
  const cached = Math.min(usage.cachedInputTokens ?? 0, usage.inputTokens);
  const fresh = usage.inputTokens - cached;
  return (fresh * price.input + cached * price.cachedInput + usage.outputTokens * price.output) / 1_000_000;
}

function fits(pattern: string, model: string): boolean {
  return pattern.endsWith('*') ? model.startsWith(pattern.slice(0, -1)) : pattern === model;
}

/** An exact name before any pattern, a long pattern before a short one. */
function weight(pattern: string): number {
  return pattern.endsWith('*') ? pattern.length - 1 : Number.POSITIVE_INFINITY;
}
