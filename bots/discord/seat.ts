import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Seats } from '#core/live/seats-port.ts';
import type { Log } from '#core/log.ts';

/** What is done while the seat is ours. */
export interface Sitting {
  /** What to hand on to whoever comes next; null: nothing new. */
  note(): string | null;
  stop(): Promise<void>;
}

export interface SeatOptions {
  seats: Seats;
  seat: string;
  log: Log;
  /** What the very first holder begins with; kept before it begins, so that it stands whenever that one ends. */
  first(): string;
  /** Begins the work. `note`: what the last holder handed on. */
  sit(note: string): Promise<Sitting> | Sitting;
}

/** Kept twice a lease's third, tried as often: after a crash another has the seat within 8 s. */
const leaseMs = 6_000;
const keepMs = 1_500;

/**
 * Holds a seat whenever it is free, and works while it is held. Who cannot keep it in time stops on its own: the next
 * holder must not wait for a process that hangs.
 */
export function takeSeat({ seats, seat, log, first, sit }: SeatOptions): {
  held(): boolean;
  stop(): Promise<void>;
} {
  const me = randomUUID();
  const stopping = new AbortController();
  let sitting: Sitting | null = null;
  let heldUntilMs = 0;

  async function end(): Promise<void> {
    const ended = sitting;
    sitting = null;
    await ended?.stop();
  }

  async function beat(): Promise<void> {
    const askedMs = Date.now();
    let held = await seats.hold(seat, me, leaseMs, sitting?.note() ?? null);
    if (held && held.note === null) held = await seats.hold(seat, me, leaseMs, first());
    if (held) {
      heldUntilMs = askedMs + leaseMs;
      sitting ??= await sit(held.note ?? first());
    } else if (sitting) {
      log.warn({ seat }, 'another process has taken over');
      await end();
    }
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      await beat().catch((error) => log.warn({ err: error, seat }, 'the seat could not be kept'));
      if (sitting && Date.now() > heldUntilMs) await end();
      await sleep(keepMs, undefined, { signal: stopping.signal }).catch(() => {});
    }
  }

  const running = run();
  return {
    held: () => sitting !== null,
    stop: async () => {
      stopping.abort();
      await running;
      const note = sitting?.note() ?? null;
      const sat = sitting !== null;
      await end();
      if (!sat) return;
      await seats.hold(seat, me, leaseMs, note).catch(() => null);
      await seats.leave(seat, me).catch(() => {});
    },
  };
}
