import type { Price, PriceLine } from './prices.ts';
import type { CallUsage } from './types.ts';

/** What one model call used, told once. */
export interface UsageEntry extends CallUsage {
  turnId: string;
  /** The effect's key; with the turn it makes counting twice impossible. */
  key: string;
  sessionId: string;
  userId: string;
  provider: string;
  model: string;
}

/** What was used, added up. */
export interface UsageSum {
  /** Of the day (`2026-11-21`, UTC), the user's id, or `provider:model`: what was asked for. */
  of: string;
  calls: number;
  inputTokens: number;
  cachedInputTokens: number;
  outputTokens: number;
  /** US dollars of the calls that had a price. */
  cost: number;
  /** Calls whose model had no price. */
  unpriced: number;
}

export interface UsageFilter {
  by: 'day' | 'user' | 'model';
  /** ISO 8601, inclusive; `to` exclusive. */
  from: string;
  to: string;
  /** Only this person's. */
  userId?: string;
}

/** Prices, and what was used by them. */
export interface UsageBook {
  prices(): Promise<PriceLine[]>;
  /** Sets a model's price, or takes it out. What was counted before keeps its cost. */
  setPrice(provider: string, model: string, price: Price | null, by: string): Promise<void>;
  /** Counts calls at the prices of now; those that are counted already stay as they are. */
  record(entries: readonly UsageEntry[]): Promise<void>;
  sums(filter: UsageFilter): Promise<UsageSum[]>;
}
