/** The twin's time: it runs with the machine's, and can be pushed ahead. */
export interface TwinClock {
  /** Milliseconds since 1970. */
  now(): number;
  advance(ms: number): void;
}

export function createClock(): TwinClock {
  let aheadMs = 0;
  return {
    now: () => Date.now() + aheadMs,
    advance: (ms) => {
      aheadMs += ms;
    },
  };
}

/** "Milliseconds since Discord Epoch, the first second of 2015 or 1420070400000" (docs.discord.com/developers/reference). */
const epochMs = 1_420_070_400_000n;

/** Ids as Discord makes them: time in the upper 42 bits, rising. */
export function createSnowflakes(clock: TwinClock): () => string {
  let last = 0n;
  return () => {
    const now = (BigInt(clock.now()) - epochMs) << 22n;
    last = now > last ? now : last + 1n;
    return String(last);
  };
}
