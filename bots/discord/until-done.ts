import { setTimeout as sleep } from 'node:timers/promises';

const retryMs = { first: 500, most: 30_000 };

/**
 * Tries work again until it is done, ever more seldom. `failed` hears of every fault; what it throws ends the trying.
 * @throws what `failed` throws, and when told to stop
 */
export async function untilDone<T>(
  work: () => Promise<T>,
  signal: AbortSignal,
  failed: (error: unknown, againInMs: number) => void,
): Promise<T> {
  for (let times = 0; !signal.aborted; times += 1) {
    try {
      return await work();
    } catch (error) {
      const againInMs = Math.min(retryMs.first * 2 ** times, retryMs.most);
      failed(error, againInMs);
      await sleep(againInMs, undefined, { signal }).catch(() => {});
    }
  }
  throw new Error('stopped');
}
