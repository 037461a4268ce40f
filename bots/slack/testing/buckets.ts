import type { TwinClock } from './clock.ts';
import { numbers, type Tier } from './numbers.ts';

export interface BucketUse {
  taken: number;
  refused: number;
}

export interface Buckets {
  /** Takes one call; answers the seconds to wait when there is none. */
  take(method: string, tier: Tier, channel?: string): number | undefined;
  /** How often each bucket was asked: by method, and for posts also `post:<channel>`. */
  use(): Record<string, BucketUse>;
}

interface Bucket extends BucketUse {
  level: number;
  atMs: number;
}

/**
 * Slack counts "per API method per app per workspace", and posts per channel as well. Bursts are tolerated there
 * without a number; the twin grants a tier's minute at once, and `postBurst` posts.
 */
export function createBuckets(clock: TwinClock, options: { enforced: boolean; postBurst: number }): Buckets {
  const buckets = new Map<string, Bucket>();

  function wait(key: string, size: number, perMs: number): number | undefined {
    const now = clock.now();
    const bucket = buckets.get(key) ?? { level: size, atMs: now, taken: 0, refused: 0 };
    buckets.set(key, bucket);
    bucket.level = Math.min(size, bucket.level + (now - bucket.atMs) * perMs);
    bucket.atMs = now;
    if (bucket.level >= 1 || !options.enforced) {
      bucket.level -= 1;
      bucket.taken += 1;
      return undefined;
    }
    bucket.refused += 1;
    return Math.max(1, Math.ceil((1 - bucket.level) / perMs / 1000));
  }

  return {
    take: (method, tier, channel) => {
      if (method === 'chat.postMessage' && channel)
        return wait(`post:${channel}`, options.postBurst, numbers.postsPerSecond.value / 1000);
      const perMinute = tier === 'special' ? numbers.tier4.value * 10 : numbers[tier].value;
      return wait(method, perMinute, perMinute / 60_000);
    },
    use: () => Object.fromEntries([...buckets].map(([key, { taken, refused }]) => [key, { taken, refused }])),
  };
}
