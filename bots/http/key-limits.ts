import { DeckhandError } from '#core/errors.ts';
import type { KeyFacts } from '#core/identity/ports.ts';

/** Requests a minute of each key, in this process: with several `bots` a key has its limit at each of them. */
export interface KeyLimits {
  /** @throws {DeckhandError} `http.too_many` with how long to wait */
  take(key: Pick<KeyFacts, 'keyId' | 'perMinute'>): void;
}

/** A bucket for each key that holds a minute's requests and fills evenly. `now`: milliseconds of any clock that only rises. */
export function openKeyLimits(now: () => number = () => performance.now()): KeyLimits {
  const buckets = new Map<string, { left: number; at: number }>();
  return {
    take: ({ keyId, perMinute }) => {
      if (perMinute === null) return;
      const at = now();
      const bucket = buckets.get(keyId) ?? { left: perMinute, at };
      bucket.left = Math.min(perMinute, bucket.left + ((at - bucket.at) * perMinute) / 60_000);
      bucket.at = at;
      buckets.set(keyId, bucket);
      if (bucket.left < 1) throw tooMany(perMinute, ((1 - bucket.left) * 60_000) / perMinute);
      bucket.left -= 1;
    },
  };
}

function tooMany(perMinute: number, waitMs: number): DeckhandError {
  const seconds = Math.ceil(waitMs / 1000);
  return new DeckhandError(
    'http.too_many',
    `This key may be used ${perMinute} times a minute. Go on in ${seconds} s.`,
    { blame: 'asker', retryAfterMs: waitMs },
  );
}
