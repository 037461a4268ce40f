import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bell } from '#core/live/ports.ts';
import type { QueueStore, WakeWorker } from './store.ts';

/** A listener that hears nothing for so long looks for work itself: an erased store may keep it waiting (I9). */
const lookMs = 2_000;
/** Wait after a store that failed to answer, before whoever listens looks for work without it. */
const retryMs = 1_000;

/**
 * The doorbell on BullMQ. A wake carries nothing, is taken only by a process with room for work, and is completed at
 * once: one held by a dead process blocks nobody. `swept` rings have an id of their own, so that a wake that such a
 * process took with it cannot swallow them.
 */
export function openBell(store: QueueStore): Bell & { ringAnew(sessionId: string): Promise<void> } {
  const queue = store.openQueue();
  let worker: WakeWorker | null = null;
  /** One take at a time: what it brings is kept for the next listener when nobody waits for it any more. */
  let taking: Promise<string | null> | null = null;
  const token = randomUUID();
  const add = (sessionId: string, id: string) =>
    queue
      .add(
        'wake',
        { sessionId },
        { deduplication: { id, keepLastIfActive: true }, removeOnComplete: true, removeOnFail: true },
      )
      // A ring that fails is no loss: the turn is committed, the sweeper rings for it.
      .then(
        () => {},
        () => {},
      );

  return {
    ring: (sessionId) => add(sessionId, sessionId),
    ringAnew: (sessionId) => add(sessionId, randomUUID()),
    next: async (signal) => {
      worker ??= store.openWorker();
      taking ??= take(worker, token, signal);
      const taken = taking;
      const waited = new AbortController();
      const until = AbortSignal.any([signal, waited.signal]);
      try {
        // A take that blocks hears neither the signal nor the time; whoever listens does not wait for it.
        const heard = await Promise.race([
          taken.then((sessionId) => ({ sessionId })),
          sleep(lookMs, null, { signal: until }).catch(() => null),
        ]);
        if (heard) taking = null;
        return heard?.sessionId ?? null;
      } finally {
        waited.abort();
      }
    },
    // Closed under a take that is still connecting, BullMQ's Postgres backend leaves a connection behind.
    close: async () => {
      await taking;
      await worker?.close(true);
      await queue.close();
    },
  };
}

/**
 * The next wake; completed at once, so that it can be rung again while its turn runs. Null when there is none for a
 * while, or when the store fails.
 */
async function take(worker: WakeWorker, token: string, signal: AbortSignal): Promise<string | null> {
  for (const until = Date.now() + lookMs; !signal.aborted && Date.now() < until; ) {
    try {
      const job = await worker.getNextJob(token);
      if (!job) continue;
      await job.moveToCompleted(null, token, false);
      return job.data.sessionId;
    } catch {
      // An erased store may never answer again in this process: the listener must not depend on it (I9).
      await sleep(retryMs, undefined, { signal }).catch(() => {});
      return null;
    }
  }
  return null;
}
