/** How a response is spoilt: `lost` after the effect, `unreached` before it, or an error that Slack answers. */
export type Spoil = 'lost' | 'unreached' | { error: string } | { retryAfterSec: number };

interface Planned {
  method: string;
  /** Counts down with each call of the method; at 0 it strikes. */
  callsLeft: number;
  spoil: Spoil;
}

/** What a test can break, and what a workspace can lack. */
export interface Switches {
  /** On the free plan nothing agent-like works: no status, no streams. */
  plan: 'paid' | 'free';
  /** Off: the server does not know the streaming methods at all. */
  streaming: boolean;
  /** True: no call is answered, no socket opens or stays open, nobody's post gets anywhere. */
  down: boolean;
  /** True: every token answers `token_revoked`. */
  revoked: boolean;
  /** How often each event is sent: 2 sends each one twice at once. */
  copies: number;
  /** What comes first for one post that mentions the app. */
  order: 'message_first' | 'mention_first';
  /** False: ephemeral messages are accepted and seen by nobody. */
  ephemerals: boolean;
  /** `lost`: `files.completeUploadExternal` answers ok and shares nothing. */
  shares: 'kept' | 'lost';
  /** How long after completion a file's message appears, in ms. */
  shareDelayMs: number;
  /** Spoils the nth call of a method from now on, 1 being the next. */
  spoil(method: string, nth: number, spoil: Spoil): void;
  /** The spoil of this call, when one was planned for it. */
  strike(method: string): Spoil | undefined;
}

/** Everything works. */
export function createSwitches(plan: 'paid' | 'free' = 'paid'): Switches {
  const planned = new Set<Planned>();
  return {
    plan,
    streaming: true,
    down: false,
    revoked: false,
    copies: 1,
    order: 'message_first',
    ephemerals: true,
    shares: 'kept',
    shareDelayMs: 0,
    spoil: (method, nth, spoil) => void planned.add({ method, callsLeft: nth, spoil }),
    strike: (method) => {
      let struck: Spoil | undefined;
      for (const one of planned) {
        if (one.method !== method) continue;
        one.callsLeft -= 1;
        if (one.callsLeft > 0) continue;
        planned.delete(one);
        struck ??= one.spoil;
      }
      return struck;
    },
  };
}
