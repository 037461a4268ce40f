import type { TwinClock } from '../clock.ts';
import type { Ids } from '../ids.ts';
import type { JsonObject } from '../json.ts';
import { numbers } from '../numbers.ts';
import type { Switches } from '../switches.ts';
import type { Answer, Envelope, Kind, Transport } from './delivery.ts';

export type OnAcknowledged = (envelope: Envelope) => void | Promise<void>;

export interface Deliveries {
  /** Sends an event, and again as Slack does when it is not acknowledged. */
  event(payload: JsonObject): void;
  /** Sends a click, a command or a view once; the person sees what came of it. */
  once(kind: Exclude<Kind, 'events_api'>, payload: JsonObject): Promise<Answer>;
  /** Keeps events back from now on. */
  hold(): void;
  /** Lets the held ones go, in the order that `arrange` gives. */
  release(arrange?: (held: JsonObject[]) => JsonObject[]): void;
  /** Every attempt so far: when it began (Unix ms, and by the twin's time), its outcome, how long that was in coming. */
  readonly attempts: { envelope: Envelope; answer: Answer; at: number; clockMs: number; tookMs: number }[];
  /** Attempts that wait for their acknowledgement now. */
  readonly underWay: number;
  /** Events that were given up after the last retry. */
  readonly lost: JsonObject[];
  /** What the test's own look at an acknowledgement threw. */
  readonly faults: unknown[];
  /** Resolves when no event is on its way or waits for a retry. */
  settled(): Promise<void>;
}

interface Parts {
  clock: TwinClock;
  ids: Ids;
  switches: Switches;
  transport: () => Transport | undefined;
  onAcknowledged: OnAcknowledged;
  /** Told whenever there is something new to see. */
  changed: () => void;
}

/** Waits before the 1st, 2nd and 3rd retry, each from the failure before it (assumed: the docs do not say from when). */
const retryWaits = [0, numbers.secondRetryMs.value, numbers.thirdRetryMs.value];

export function createDeliveries({
  clock,
  ids,
  switches,
  transport,
  onAcknowledged,
  changed,
}: Parts): Deliveries {
  const attempts: Deliveries['attempts'] = [];
  const lost: JsonObject[] = [];
  const faults: unknown[] = [];
  const open = new Set<Promise<void>>();
  let held: JsonObject[] | undefined;
  let underWay = 0;

  const wait = (ms: number): Promise<void> =>
    ms === 0 ? Promise.resolve() : new Promise((done) => clock.after(ms, done));

  /** At the very moment of the acknowledgement, before anything else can happen. */
  const acknowledged = async (envelope: Envelope): Promise<void> => {
    try {
      await onAcknowledged(envelope);
    } catch (error) {
      faults.push(error);
    }
  };

  async function attempt(envelope: Envelope): Promise<Answer> {
    const began = { at: Date.now(), clockMs: clock.now() };
    const beganMs = performance.now();
    let heardMs = 0;
    const heard = (): Promise<void> => {
      heardMs = performance.now();
      return acknowledged(envelope);
    };
    underWay += 1;
    const road = switches.down ? undefined : transport();
    const stop = new AbortController();
    const late = new Promise<Answer>((done) => {
      const cancel = clock.after(numbers.ackMs.value, () => {
        done({ acknowledged: false, reason: 'http_timeout' });
        stop.abort();
      });
      stop.signal.addEventListener('abort', cancel);
    });
    const sent: Promise<Answer> = road
      ? road
          .send(envelope, heard, stop.signal)
          .catch(() => ({ acknowledged: false, reason: 'connection_failed' }))
      : Promise.resolve({ acknowledged: false, reason: 'connection_failed' });
    const answer = await Promise.race([sent, late]);
    stop.abort();
    underWay -= 1;
    attempts.push({ envelope, answer, ...began, tookMs: (heardMs || performance.now()) - beganMs });
    changed();
    return answer;
  }

  async function send(payload: JsonObject): Promise<void> {
    let retryReason: string | undefined;
    for (let number = 0; number <= retryWaits.length; number += 1) {
      await wait(retryWaits[number - 1] ?? 0);
      const envelope: Envelope = {
        id: ids.next('env'),
        kind: 'events_api',
        payload,
        attempt: number,
        retryReason,
      };
      const answer = await attempt(envelope);
      if (answer.acknowledged || answer.noRetry) return;
      retryReason = answer.reason;
    }
    lost.push(payload);
    changed();
  }

  function start(payload: JsonObject): void {
    for (let copy = 0; copy < switches.copies; copy += 1) {
      const going = send(payload).finally(() => open.delete(going));
      open.add(going);
    }
  }

  return {
    attempts,
    get underWay() {
      return underWay;
    },
    lost,
    faults,
    event: (payload) => {
      if (held) held.push(payload);
      else start(payload);
    },
    once: (kind, payload) => attempt({ id: ids.next('env'), kind, payload, attempt: 0 }),
    hold: () => {
      held ??= [];
    },
    release: (arrange = (all) => all) => {
      const waiting = held ?? [];
      held = undefined;
      for (const payload of arrange(waiting)) start(payload);
    },
    settled: async () => {
      while (open.size > 0) await Promise.all(open);
    },
  };
}
