import { orAborted } from '../stops.ts';

/** Lets model calls through: so many at a time for each provider, one user after the other. */
export interface ModelGate {
  /**
   * Waits for a place at the provider; what it gives returns the place, once.
   * @throws the signal's reason, when it comes first
   */
  enter(provider: string, userId: string, signal: AbortSignal): Promise<() => void>;
  /** The provider asked for a pause: nobody else is let through before it is over. In ms. */
  rest(provider: string, ms: number): void;
}

interface Waiting {
  go(): void;
}

interface Lane {
  busy: number;
  restUntil: number;
  timer: NodeJS.Timeout | undefined;
  /** Users in the order they are served; each with their own calls, first come first served. */
  queues: Map<string, Set<Waiting>>;
}

export interface GateSettings {
  /** Calls at a time for each provider, in this process. */
  concurrency: number;
  /** The clock, in ms. */
  now?(): number;
}

/**
 * Round robin over users: who is served goes to the end of the line, so that one with a thousand calls delays each of
 * the others by one call at most.
 */
export function createGate({ concurrency, now = Date.now }: GateSettings): ModelGate {
  const lanes = new Map<string, Lane>();

  function laneOf(provider: string): Lane {
    const lane = lanes.get(provider) ?? { busy: 0, restUntil: 0, timer: undefined, queues: new Map() };
    lanes.set(provider, lane);
    return lane;
  }

  function serve(lane: Lane): void {
    clearTimeout(lane.timer);
    const restMs = lane.restUntil - now();
    if (restMs > 0 && lane.queues.size > 0) {
      lane.timer = setTimeout(() => serve(lane), restMs);
      return;
    }
    while (lane.busy < concurrency) {
      const [first] = lane.queues;
      if (!first) return;
      const [userId, calls] = first;
      const [call] = calls;
      lane.queues.delete(userId);
      if (!call) continue;
      calls.delete(call);
      if (calls.size > 0) lane.queues.set(userId, calls);
      lane.busy += 1;
      call.go();
    }
  }

  return {
    async enter(provider, userId, signal) {
      signal.throwIfAborted();
      const lane = laneOf(provider);
      const turn = Promise.withResolvers<void>();
      let served = false;
      const call: Waiting = {
        go: () => {
          served = true;
          turn.resolve();
        },
      };
      const calls = lane.queues.get(userId) ?? new Set();
      calls.add(call);
      lane.queues.set(userId, calls);
      let left = false;
      const leave = () => {
        if (left) return;
        left = true;
        lane.busy -= 1;
        serve(lane);
      };
      serve(lane);
      try {
        await orAborted(turn.promise, signal);
        return leave;
      } catch (error) {
        if (served) leave();
        else {
          calls.delete(call);
          if (calls.size === 0 && lane.queues.get(userId) === calls) lane.queues.delete(userId);
        }
        throw error;
      }
    },
    rest(provider, ms) {
      const lane = laneOf(provider);
      lane.restUntil = Math.max(lane.restUntil, now() + ms);
    },
  };
}

/** Lets everybody through. */
export const openGate: ModelGate = { enter: async () => () => {}, rest: () => {} };
