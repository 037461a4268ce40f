import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bell } from '#core/live/ports.ts';
import type { QueueStore, WakeWorker } from './store.ts';

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
  let pending: Promise<unknown> = Promise.resolve();
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
      const stopped = Promise.withResolvers<null>();
      const stop = () => stopped.resolve(null);
      signal.addEventListener('abort', stop, { once: true });
      const taken = take(worker, token, signal);
      pending = taken;
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
      await worker?.close(true);
      await queue.close();
    },
  };
}

/** The next wake; completed at once, so that it can be rung again while its turn runs. Null when the store fails. */
async function take(worker: WakeWorker, token: string, signal: AbortSignal): Promise<string | null> {
  while (!signal.aborted) {
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
