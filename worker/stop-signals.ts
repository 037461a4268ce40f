import type { Live } from '#core/live/ports.ts';

/** Who in this process is to hear that somebody asked to stop a turn. One subscription serves all turns. */
export interface StopSignals {
  /** Gives what ends the listening. */
  listen(turnId: string, listener: () => void): () => void;
  close(): Promise<void>;
}

/** A store that took no subscription is asked again after this. */
const retryMs = 5_000;

/** Without the store a stop is seen at the next look at the claim; it costs no worker (I9). */
export function openStopSignals(live: Pick<Live, 'onStop'>): StopSignals {
  const listeners = new Map<string, () => void>();
  let closed = false;
  let retry: NodeJS.Timeout | undefined;
  let unsubscribe: () => Promise<void> = async () => {};

  async function subscribe(): Promise<void> {
    try {
      unsubscribe = await live.onStop((turnId) => listeners.get(turnId)?.());
    } catch {
      if (!closed) retry = setTimeout(() => void subscribe(), retryMs);
    }
  }
  const subscribing = subscribe();

  return {
    listen: (turnId, listener) => {
      listeners.set(turnId, listener);
      return () => {
        if (listeners.get(turnId) === listener) listeners.delete(turnId);
      };
    },
    close: async () => {
      closed = true;
      clearTimeout(retry);
      await subscribing;
      await unsubscribe().catch(() => {});
    },
  };
}
