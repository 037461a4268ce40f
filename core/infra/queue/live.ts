import type { Live, LiveSignal } from '#core/live/ports.ts';
import type { QueueStore } from './store.ts';

/** Live signals on BullMQ's Relay: bounded, drops the oldest. */
export function openLive(store: QueueStore): Live {
  const relay = store.openRelay();
  return {
    publish: (signal) => {
      relay.publish(`session.${signal.sessionId}`, signal).catch(() => {});
    },
    subscribe: async (sessionId, listener) => {
      const subscription = await relay.subscribe<LiveSignal>(`session.${sessionId}`, (message) =>
        listener(message.data),
      );
      return () => subscription.unsubscribe();
    },
    close: () => relay.close(),
  };
}
