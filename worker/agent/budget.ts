import { DeckhandError } from '#core/errors.ts';
import type { Harness, ModelRef } from '#core/events/types.ts';
import { costOf } from '#core/usage/prices.ts';
import type { CallUsage } from '#core/usage/types.ts';

/** What a turn may use, by its template. */
export interface Budget {
  spent(call: { usage: CallUsage; model?: ModelRef }): void;
  /** Before a model is asked. @throws {DeckhandError} `turn.too_many_tokens`, `turn.too_dear`, `model.no_price` */
  check(): void;
}

/** Counts what the turn's model calls used, those of earlier claims too. */
export function createBudget({ limits, prices, model, fallbacks = [] }: Harness): Budget {
  let tokens = 0;
  let cost = 0;
  return {
    spent({ usage, model: asked = model }) {
      tokens += usage.inputTokens + usage.outputTokens;
      const price = prices?.[nameOf(asked)];
      if (price) cost += costOf(usage, price);
    },
    check() {
      if (limits?.tokens != null && tokens >= limits.tokens) {
        throw over('turn.too_many_tokens', `${limits.tokens.toLocaleString('en-US')} tokens`);
      }
      if (limits?.cost == null) return;
      const unknown = [model, ...fallbacks].filter((ref) => !prices?.[nameOf(ref)]);
      if (unknown.length > 0) {
        throw new DeckhandError(
          'model.no_price',
          `This template limits what a turn may cost, and the price table knows no price of ${unknown.map(nameOf).join(', ')}. An administrator sets it there.`,
        );
      }
      if (cost >= limits.cost) throw over('turn.too_dear', `$${limits.cost}`);
    },
  };
}

/** The turn worked for longer than its template lets it. */
export function outOfTime(minutes: number): DeckhandError {
  return over('turn.out_of_time', `${minutes} min`);
}

function over(code: string, limit: string): DeckhandError {
  return new DeckhandError(
    code,
    `I stopped: this template ends a turn at ${limit}. What I did so far stands. Ask for a smaller piece, or an administrator raises the limit.`,
    { blame: 'policy' },
  );
}

function nameOf({ provider, name }: ModelRef): string {
  return `${provider}:${name}`;
}
