/** How an answer is spoilt: `lost` after the effect, `unreached` before it, or told to wait. */
export type Spoil = 'lost' | 'unreached' | { retryAfterSec: number };

/** What a test can break. */
export interface Switches {
  /** True: no call is answered. */
  down: boolean;
  /** Every call takes this much longer. */
  latencyMs: number;
  /** Spoils the nth call from now on whose `METHOD /path` fits, 1 being the next. */
  spoil(call: RegExp, nth: number, spoil: Spoil): void;
  /** The spoil of this call, when one was planned for it. */
  strike(call: string): Spoil | undefined;
}

export function createSwitches(): Switches {
  const planned = new Set<{ call: RegExp; left: number; spoil: Spoil }>();
  return {
    down: false,
    latencyMs: 0,
    spoil: (call, nth, spoil) => void planned.add({ call, left: nth, spoil }),
    strike: (call) => {
      let struck: Spoil | undefined;
      for (const one of planned) {
        if (!one.call.test(call)) continue;
        one.left -= 1;
        if (one.left > 0) continue;
        planned.delete(one);
        struck ??= one.spoil;
      }
      return struck;
    },
  };
}
