import { setTimeout as sleep } from 'node:timers/promises';
import { platformErrors } from '#core/chat/platform-errors.ts';
import { DeckhandError } from '#core/errors.ts';

/** What is known of the homeserver's patience. */
export interface Limits {
  /**
   * Makes a call when the homeserver allows it. What it says holds for this lane alone: Synapse counts messages by account
   * over all rooms (`rc_message`), others may count otherwise, and whoever is refused elsewhere finds out by themselves.
   * @throws `platform.rate_limited` when it would take longer than `maxWaitMs`
   */
  run<T>(lane: string, maxWaitMs: number, call: () => Promise<T>): Promise<T>;
  /** Has it told us to wait, a short while ago? Then only what matters is sent. */
  tight(): boolean;
  /** How often it has told us to wait since the start. */
  count(): number;
}

const carefulMs = 30_000;
const keptLanes = 1_000;

interface Lane {
  heldUntilMs: number;
  tail: Promise<unknown>;
}

export function createLimits(now: () => number = Date.now): Limits {
  const lanes = new Map<string, Lane>();
  let carefulUntilMs = 0;
  let refusals = 0;

  function laneOf(name: string): Lane {
    const lane = lanes.get(name) ?? { heldUntilMs: 0, tail: Promise.resolve() };
    if (lanes.size >= keptLanes) {
      for (const [other, { heldUntilMs }] of lanes) if (heldUntilMs < now()) lanes.delete(other);
    }
    lanes.set(name, lane);
    return lane;
  }

  async function pass<T>(lane: Lane, untilMs: number, call: () => Promise<T>): Promise<T> {
    for (;;) {
      for (let wait = lane.heldUntilMs - now(); wait > 0; wait = lane.heldUntilMs - now()) {
        if (lane.heldUntilMs > untilMs) throw platformErrors('Matrix').rateLimited(wait);
        await sleep(wait);
      }
      try {
        return await call();
      } catch (error) {
        if (!(error instanceof DeckhandError) || error.code !== 'platform.rate_limited') throw error;
        refusals += 1;
        lane.heldUntilMs = Math.max(lane.heldUntilMs, now() + (error.retryAfterMs ?? 1_000));
        carefulUntilMs = lane.heldUntilMs + carefulMs;
        if (lane.heldUntilMs > untilMs) throw error;
      }
    }
  }

  return {
    run: (name, maxWaitMs, call) => {
      const lane = laneOf(name);
      const untilMs = now() + maxWaitMs;
      // Those that waited go one by one, in the order in which they came.
      if (lane.heldUntilMs <= now()) return pass(lane, untilMs, call);
      const mine = lane.tail.then(() => pass(lane, untilMs, call));
      lane.tail = mine.catch(() => {});
      return mine;
    },
    tight: () => now() < carefulUntilMs,
    count: () => refusals,
  };
}
