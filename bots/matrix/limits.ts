import { setTimeout as sleep } from 'node:timers/promises';
import { platformErrors } from '#core/chat/platform-errors.ts';
import { DeckhandError } from '#core/errors.ts';

/**
 * What is known of the homeserver's patience. Synapse counts messages by account, over all rooms (`rc_message`), so that
 * one wait holds for all of them.
 */
export interface Limits {
  /** Makes a call when the homeserver allows it. @throws `platform.rate_limited` when that would take longer than `maxWaitMs` */
  run<T>(maxWaitMs: number, call: () => Promise<T>): Promise<T>;
  /** Has it told us to wait, a short while ago? Then only what matters is sent. */
  tight(): boolean;
  /** How often it has told us to wait since the start. */
  count(): number;
}

/** After a refusal calls go one by one for so long: a crowd would be refused together. */
const carefulMs = 30_000;

export function createLimits(now: () => number = Date.now): Limits {
  let heldUntilMs = 0;
  let carefulUntilMs = 0;
  let refusals = 0;
  let tail: Promise<unknown> = Promise.resolve();
  const tight = () => now() < carefulUntilMs;

  async function pass<T>(untilMs: number, call: () => Promise<T>): Promise<T> {
    for (;;) {
      for (let wait = heldUntilMs - now(); wait > 0; wait = heldUntilMs - now()) {
        if (heldUntilMs > untilMs) throw platformErrors('Matrix').rateLimited(wait);
        await sleep(wait);
      }
      try {
        return await call();
      } catch (error) {
        if (!(error instanceof DeckhandError) || error.code !== 'platform.rate_limited') throw error;
        refusals += 1;
        heldUntilMs = Math.max(heldUntilMs, now() + (error.retryAfterMs ?? 1_000));
        carefulUntilMs = heldUntilMs + carefulMs;
        if (heldUntilMs > untilMs) throw error;
      }
    }
  }

  return {
    run: (maxWaitMs, call) => {
      const untilMs = now() + maxWaitMs;
      if (!tight()) return pass(untilMs, call);
      const mine = tail.then(() => pass(untilMs, call));
      tail = mine.catch(() => {});
      return mine;
    },
    tight,
    count: () => refusals,
  };
}
