import { setTimeout as sleep } from 'node:timers/promises';
import { DeckhandError } from '#core/errors.ts';

/** How a lane is paced. */
export interface LaneRules {
  /** One call after the other, in the order asked for. */
  inOrder: boolean;
  /** Calls a second once the burst is used up; none: only what the platform says holds. */
  perSecond?: number;
  burst?: number;
}

/** How long a call waits, and what for. */
export interface Patience {
  maxWaitMs: number;
  /** Looked at before a place is taken: false gives the call up. Left out: always wanted. */
  wanted?: (() => boolean) | undefined;
}

export interface Pacer {
  /**
   * Runs a call when its lane is free. A lane that the platform told to wait waits for all of its calls, and no other
   * lane does. Gives up when the wait would be longer than `maxWaitMs`.
   * @throws what `perform` throws; `platform.rate_limited` is waited for and tried again. `call.unwanted` when nobody
   * wants it any more.
   */
  run<T>(lane: string, rules: LaneRules, patience: Patience, perform: () => Promise<T>): Promise<T>;
}

interface Lane {
  tail: Promise<unknown>;
  heldUntilMs: number;
  /** Calls that may go now, as of `levelAtMs`. */
  level: number;
  levelAtMs: number;
  /** Until then it has no bursts. */
  carefulUntilMs: number;
}

/** A lane without calls for this long is forgotten. */
const idleMs = 600_000;
/** A lane that was told to wait keeps to its pace for so long: bursts are granted without a number. */
const carefulMs = 600_000;

/**
 * Slack counts by method, and posts by channel: each of these is a lane with a wait of its own, so that a 429 in one
 * channel delays nobody elsewhere.
 */
export function createPacer(now: () => number = Date.now): Pacer {
  const lanes = new Map<string, Lane>();

  function laneOf(name: string, burst: number): Lane {
    const known = lanes.get(name);
    if (known) return known;
    if (lanes.size > 1000) {
      for (const [key, lane] of lanes) if (lane.levelAtMs < now() - idleMs) lanes.delete(key);
    }
    const lane = {
      ...{ tail: Promise.resolve(), heldUntilMs: 0, carefulUntilMs: 0 },
      ...{ level: burst, levelAtMs: now() },
    };
    lanes.set(name, lane);
    return lane;
  }

  /** Milliseconds until the lane's own rules let a call through; takes the place when it is free now. */
  function ownWait(lane: Lane, { perSecond, burst = 1 }: LaneRules): number {
    const at = now();
    if (lane.heldUntilMs > at) return lane.heldUntilMs - at;
    if (perSecond === undefined) {
      lane.levelAtMs = at;
      return 0;
    }
    const most = lane.carefulUntilMs > at ? 1 : burst;
    lane.level = Math.min(most, lane.level + ((at - lane.levelAtMs) / 1000) * perSecond);
    lane.levelAtMs = at;
    if (lane.level < 1) return ((1 - lane.level) / perSecond) * 1000;
    lane.level -= 1;
    return 0;
  }

  async function pass<T>(
    lane: Lane,
    rules: LaneRules,
    { untilMs, wanted = () => true }: { untilMs: number; wanted: Patience['wanted'] },
    perform: () => Promise<T>,
  ): Promise<T> {
    for (;;) {
      if (!wanted()) throw unwanted();
      for (let wait = ownWait(lane, rules); wait > 0; wait = ownWait(lane, rules)) {
        if (now() + wait > untilMs) throw tooLong(wait);
        await sleep(Math.ceil(wait));
        if (!wanted()) throw unwanted();
      }
      try {
        return await perform();
      } catch (error) {
        if (!isLimit(error)) throw error;
        lane.heldUntilMs = Math.max(lane.heldUntilMs, now() + (error.retryAfterMs ?? 1000));
        lane.carefulUntilMs = lane.heldUntilMs + carefulMs;
        // The first goes when the wait is over, the next one at the lane's pace after it.
        lane.level = 1;
        lane.levelAtMs = lane.heldUntilMs;
        if (lane.heldUntilMs > untilMs) throw error;
      }
    }
  }

  return {
    run: (name, rules, { maxWaitMs, wanted }, perform) => {
      const lane = laneOf(name, rules.burst ?? 1);
      const patience = { untilMs: now() + maxWaitMs, wanted };
      if (!rules.inOrder) return pass(lane, rules, patience, perform);
      const mine = lane.tail.then(() => pass(lane, rules, patience, perform));
      lane.tail = mine.catch(() => {});
      return mine;
    },
  };
}

function isLimit(error: unknown): error is DeckhandError {
  return error instanceof DeckhandError && error.code === 'platform.rate_limited';
}

function unwanted(): DeckhandError {
  return new DeckhandError('call.unwanted', 'By its turn in the queue nobody wanted this call any more.', {
    blame: 'platform',
  });
}

function tooLong(waitMs: number): DeckhandError {
  return new DeckhandError('platform.rate_limited', 'The platform asked for more patience than there is.', {
    retryable: true,
    retryAfterMs: Math.ceil(waitMs),
    blame: 'platform',
  });
}
