import { setImmediate } from 'node:timers/promises';

/** The twin's time: it runs with the machine's, and can be pushed ahead. */
export interface TwinClock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Runs something after a while of the twin's time; the answer calls it off. */
  after(ms: number, run: () => void): () => void;
  /** Pushes the time ahead; everything due on the way runs at its own moment, in order. */
  advance(ms: number): Promise<void>;
  stop(): void;
}

interface Timer {
  dueMs: number;
  run: () => void;
}

/** A clock. Frozen, it moves by `advance` alone: for limits that must not refill under a test. */
export function createClock({ frozen = false } = {}): TwinClock {
  let aheadMs = 0;
  const startMs = Date.now();
  const now = (): number => (frozen ? startMs : Date.now()) + aheadMs;
  const timers = new Set<Timer>();
  let alarm: NodeJS.Timeout | undefined;

  /** The next that is due; of several at one moment the one that was set first. */
  function first(): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of timers) if (!next || timer.dueMs < next.dueMs) next = timer;
    return next;
  }
  const ring = (timer: Timer): void => {
    timers.delete(timer);
    timer.run();
  };
  const arm = (): void => {
    clearTimeout(alarm);
    const next = first();
    if (!next || frozen) return;
    alarm = setTimeout(
      () => {
        for (let due = first(); due && due.dueMs <= now(); due = first()) ring(due);
        arm();
      },
      Math.max(0, next.dueMs - now()),
    ).unref();
  };

  return {
    now,
    after: (ms, run) => {
      const timer = { dueMs: now() + ms, run };
      timers.add(timer);
      arm();
      return () => timers.delete(timer);
    },
    advance: async (ms) => {
      const goalMs = now() + ms;
      // What was set off just now may still be about to set its own timer.
      await setImmediate();
      for (let due = first(); due && due.dueMs <= goalMs; due = first()) {
        aheadMs += Math.max(0, due.dueMs - now());
        ring(due);
        await setImmediate();
      }
      aheadMs += Math.max(0, goalMs - now());
      arm();
      await setImmediate();
    },
    stop: () => {
      clearTimeout(alarm);
      timers.clear();
    },
  };
}
