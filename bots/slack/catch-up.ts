import type { Presence } from '#core/chat/presence-port.ts';
import type { Log } from '#core/log.ts';
import type { Posted } from './events.ts';
import type { SaidSince } from './said-since.ts';
import { instantOf, type SlackSelf } from './types.ts';

export interface CatchUpDeps {
  self: SlackSelf;
  presence: Presence;
  saidSince: SaidSince;
  log: Log;
  /** Takes a message that was found; what was settled before stays as it is. */
  take(message: Posted): Promise<void>;
  /** Says that a message is too old to be run. */
  tooOld(message: Posted): Promise<void>;
  connected(): boolean;
}

export interface CatchUp {
  /** Something may not have reached us: a connection stands again, a delivery could not be taken. */
  look(): void;
  stop(): Promise<void>;
}

const tickMs = 1_000;
/** What nobody tells us of, such as a process that went for good with deliveries in hand, is found so much later. */
const everyMs = 10 * 60_000;
/** Between two readings; one that had to wait for Slack's limits is followed by more: others call the same methods. */
const restMs = 15_000;
const restShare = 4;
/** A reading that failed is tried again, later each time. */
const firstWaitMs = 2_000;
const mostWaitMs = 300_000;
/** Slack may show a message a little later than its `ts` says. */
const overlapMs = 60_000;
/** What is older is listed, not run. */
const oldMs = 24 * 3600_000;

/**
 * Reads again what was said, and hands it in. Slack gives an event up after four deliveries in six minutes, and no single
 * absence has to be long for that: what counts is not how long we were away but what was read. The position
 * (`presence`) moves for one reason alone, a reading from it that was finished and handed in whole; everything else
 * is a reason to read sooner. So each message was handed in, or stands after the position and will be read (I1).
 */
export function startCatchUp(deps: CatchUpDeps): CatchUp {
  const { self, presence, saidSince, log } = deps;
  let running: Promise<void> | null = null;
  let stopped = false;
  // A start is a reason to look: nobody knows what its predecessor had in hand.
  let unsure = true;
  let failures = 0;
  let restUntilMs = 0;
  let dueMs = 0;
  /** The newest `ts` that Slack has shown: its clock has passed it, whatever ours says. */
  let newest = '';

  async function read(): Promise<void> {
    const position = (await presence.seen('slack', self.teamId)) ?? new Date();
    const upTo = newest;
    const stuck = new Set<string>();
    const faults: unknown[] = [];
    for await (const message of saidSince(((position.getTime() - overlapMs) / 1000).toFixed(6))) {
      if (stopped) return;
      if (message.ts > newest) newest = message.ts;
      const root = `${message.channel}/${message.thread_ts ?? message.ts}`;
      // What comes after it in its thread waits with it; other threads do not.
      if (stuck.has(root)) continue;
      await hand(message).catch((error) => {
        stuck.add(root);
        faults.push(error);
      });
    }
    if (faults.length > 0) throw faults[0];
    if (upTo) await presence.mark('slack', self.teamId, instantOf(upTo));
  }

  function hand(message: Posted): Promise<void> {
    const old = Date.now() - instantOf(message.ts).getTime() > oldMs;
    return old ? deps.tooOld(message) : deps.take(message);
  }

  async function readNow(): Promise<void> {
    const beganMs = performance.now();
    if (unsure) log.info('reading what may not have reached us');
    unsure = false;
    try {
      await read();
      failures = 0;
      restUntilMs = performance.now() + Math.max(restMs, restShare * (performance.now() - beganMs));
    } catch (error) {
      const waitMs = Math.min(firstWaitMs * 2 ** failures, mostWaitMs);
      log.warn({ err: error, againInMs: waitMs }, 'what may not have reached us is read later');
      failures += 1;
      unsure = true;
      restUntilMs = performance.now() + waitMs;
    }
    dueMs = performance.now() + everyMs;
    running = null;
  }

  function tick(): void {
    const nowMs = performance.now();
    if (running || stopped || !deps.connected() || nowMs < restUntilMs) return;
    if (unsure || nowMs >= dueMs) running = readNow();
  }

  const timer = setInterval(tick, tickMs);
  tick();
  return {
    look: () => {
      unsure = true;
      tick();
    },
    stop: async () => {
      stopped = true;
      clearInterval(timer);
      await running;
    },
  };
}
