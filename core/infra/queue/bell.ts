import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bell } from '#core/live/ports.ts';
import type { QueueStore, WakeWorker } from './store.ts';

/** Wait after a store that failed to answer, before it is asked again. */
const retryMs = 500;

/**
 * The doorbell on BullMQ. A wake carries nothing, is taken only by a process with room for work, and is completed at
 * once: one held by a dead process blocks nobody. `swept` rings have an id of their own, so that a wake that such a
 * process took with it cannot swallow them.
 */
export function openBell(store: QueueStore): Bell & { ringAnew(sessionId: string): Promise<void> } {
  const queue = store.openQueue();
  let worker: WakeWorker | null = null;
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
      const stopped = Promise.withResolvers<undefined>();
      const stop = () => stopped.resolve(undefined);
      signal.addEventListener('abort', stop, { once: true });
      try {
        return await take(worker, token, signal, stopped.promise);
      } finally {
        signal.removeEventListener('abort', stop);
      }
    },
    close: async () => {
      await worker?.close(true);
      await queue.close();
    },
  };
}

/** A take that blocks is not ended by the worker's close, so whoever stops does not wait for it. */
async function take(worker: WakeWorker, token: string, signal: AbortSignal, stopped: Promise<undefined>) {
  while (!signal.aborted) {
    try {
      const job = await Promise.race([worker.getNextJob(token), stopped]);
      if (!job) continue;
      await job.moveToCompleted(null, token, false);
      return job.data.sessionId;
    } catch {
      await sleep(retryMs, undefined, { signal }).catch(() => {});
    }
  }
  return null;
}
