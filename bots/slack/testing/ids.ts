import type { TwinClock } from './clock.ts';

export interface Ids {
  /** An id in Slack's shape, such as `U0000000A1`. */
  next(prefix: string): string;
  /** A message's timestamp: seconds and six digits, unique and rising in the workspace. */
  ts(): string;
}

/** Ids count up, so that a failing test reads the same twice. */
export function createIds(clock: TwinClock): Ids {
  let count = 0;
  let lastMicros = 0;
  return {
    next: (prefix) => {
      count += 1;
      return `${prefix}0${count.toString(36).toUpperCase().padStart(8, '0')}`;
    },
    ts: () => {
      lastMicros = Math.max(clock.now() * 1000, lastMicros + 1);
      return `${Math.floor(lastMicros / 1e6)}.${String(lastMicros % 1e6).padStart(6, '0')}`;
    },
  };
}
