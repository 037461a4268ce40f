import { numbers } from './numbers.ts';
import type { World } from './world.ts';

export interface BucketAnswer {
  /** Milliseconds to wait; 0: the call may go on. */
  retryAfterMs: number;
  global: boolean;
  headers: Record<string, string>;
}

export interface Buckets {
  take(route: string, major: string, options: { global: boolean }): BucketAnswer;
  /** Answers of 401, 403 and 429 so far. */
  invalid: number;
  /** Calls of a bucket a window; a test makes it narrower. */
  calls: number;
  perSecond: number;
}

/** Per-route limits with Discord's headers, and the global one (docs.discord.com/developers/topics/rate-limits). */
export function createBuckets(world: World): Buckets {
  const windows = new Map<string, { used: number; endsMs: number }>();

  function count(name: string, lengthMs: number, max: number) {
    const now = world.clock.now();
    const known = windows.get(name);
    const window = known && known.endsMs > now ? known : { used: 0, endsMs: now + lengthMs };
    windows.set(name, window);
    const full = window.used >= max;
    if (!full) window.used += 1;
    return { full, left: max - window.used, resetMs: window.endsMs - now };
  }

  const buckets: Buckets = {
    invalid: 0,
    calls: numbers.bucketCalls.value,
    perSecond: numbers.globalPerSecond.value,
    take: (route, major, { global }) => {
      const all = global ? count('global', 1000, buckets.perSecond) : null;
      if (all?.full) {
        const headers = { 'x-ratelimit-global': 'true', 'x-ratelimit-scope': 'global' };
        return { retryAfterMs: all.resetMs, global: true, headers };
      }
      if (!global) return { retryAfterMs: 0, global: false, headers: {} };
      const one = count(`${route} ${major}`, numbers.bucketMs.value, buckets.calls);
      const headers = {
        'x-ratelimit-limit': String(buckets.calls),
        'x-ratelimit-remaining': String(one.left),
        'x-ratelimit-reset': String((world.clock.now() + one.resetMs) / 1000),
        'x-ratelimit-reset-after': String(one.resetMs / 1000),
        'x-ratelimit-bucket': Buffer.from(route).toString('hex').slice(0, 32),
        ...(one.full ? { 'x-ratelimit-scope': 'user' } : {}),
      };
      return { retryAfterMs: one.full ? one.resetMs : 0, global: false, headers };
    },
  };
  return buckets;
}
