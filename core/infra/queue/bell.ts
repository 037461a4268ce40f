import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bell } from '#core/live/ports.ts';
import { within } from './patience.ts';
import type { QueueStore, Wake, WakeWorker } from './store.ts';

/** A listener that hears nothing for so long looks for work itself: an erased store may keep it waiting (I9). */
const lookMs = 2_000;
/** Wait after a store that failed to answer, before whoever listens looks for work without it. */
const retryMs = 1_000;
/** A ring is waited for so long; whoever asked must not wait for a store that is away. */
const ringMs = 1_000;
/** Rings on their way; more are dropped, since the sweeper rings again. */
const maxRinging = 1_000;
/** A take that is silent for longer than its own wait: the store is away. */
const takeMs = 3_000;

/**
 * The doorbell on BullMQ. A wake carries nothing, is taken only by a process with room for work, and is completed at
 * once: one held by a dead process blocks nobody. Where a wake that such
 * a process took with it swallows a later ring, listeners look for work by themselves.
 */
export function openBell(store: QueueStore): Bell {
  const queue = store.openQueue();
  const taker: Taker = { worker: null, asked: null, token: randomUUID() };
  let pending: Promise<unknown> = Promise.resolve();
  let ringing = 0;
  let away = false;
  // A ring that fails or hangs is no loss: the turn is committed, the sweeper rings for it.
  const ring = async (sessionId: string): Promise<void> => {
    if (ringing >= maxRinging) return;
    ringing += 1;
    const options = {
      deduplication: { id: sessionId, keepLastIfActive: true },
      removeOnComplete: true,
      removeOnFail: true,
    };
    const rung = queue
      .add('wake', { sessionId }, options)
      .then(
        () => {
          away = false;
        },
        () => {},
      )
      .then(() => {
        ringing -= 1;
        return true;
      });
    if (!away && (await within(rung, ringMs)) === null) away = true;
  };

  return {
    ring,
    next: async (signal) => {
      taker.worker ??= store.openWorker();
      const stopped = Promise.withResolvers<null>();
      const stop = () => stopped.resolve(null);
      signal.addEventListener('abort', stop, { once: true });
      const taken = take(taker, taker.worker, signal);
      // What comes to a listener that has stopped is rung again for the others.
      pending = taken.then((sessionId) => (sessionId && signal.aborted ? ring(sessionId) : undefined));
      try {
        // A take that blocks does not hear the signal; whoever stops does not wait for it.
        return await Promise.race([taken, stopped.promise]);
      } finally {
        signal.removeEventListener('abort', stop);
      }
    },
    // Closed under a take that is still connecting, BullMQ's Postgres backend leaves a connection behind.
    close: async () => {
      await pending;
      await taker.worker?.close(true);
      await queue.close();
    },
  };
}

interface Taker {
  worker: WakeWorker | null;
  /** A take that has not answered; the next one waits for it again, so that no wake is taken and forgotten. */
  asked: Promise<Wake | undefined> | null;
  readonly token: string;
}

/**
 * The next wake; completed at once, so that it can be rung again while its turn runs. Null when there is none for a while, and
 * when the store fails or is away: the listener must not depend on it, and an erased one may never answer again in this process (I9).
 */
async function take(taker: Taker, worker: WakeWorker, signal: AbortSignal): Promise<string | null> {
  for (const until = Date.now() + lookMs; !signal.aborted && Date.now() < until; ) {
    try {
      taker.asked ??= worker.getNextJob(taker.token);
      const answer = await within(
        taker.asked.then((job) => ({ job })),
        takeMs,
      );
      if (answer === null) return null;
      taker.asked = null;
      if (!answer.job) continue;
      const completed = answer.job.moveToCompleted(null, taker.token, false);
      await within(completed, ringMs);
      return answer.job.data.sessionId;
    } catch {
      taker.asked = null;
      await sleep(retryMs, undefined, { signal }).catch(() => {});
      return null;
    }
  }
  return null;
}
