import type { Live, LiveSignal } from '#core/live/ports.ts';
import { within } from './patience.ts';
import type { QueueStore } from './store.ts';

/** A subscription is waited for so long; with a store that is away it begins when the store is back. */
const subscribeMs = 1_000;
/** Signals that wait for a slow store; beyond this the oldest are dropped. */
const maxWaiting = 1000;
const stopTopic = 'stops';

/** Live signals on BullMQ's Relay: bounded, drops the oldest; those of one process stay in their order. */
export function openLive(store: QueueStore): Live {
  const relay = store.openRelay();
  const waiting: LiveSignal[] = [];
  let sending = false;

  // Two publications under way at once may overtake each other, and the words of an answer with them.
  async function send(): Promise<void> {
    sending = true;
    for (let signal = waiting.shift(); signal; signal = waiting.shift()) {
      await relay.publish(topicOf(signal), signal).catch(() => {});
    }
    sending = false;
  }

  async function subscribe(
    topic: string,
    listener: (signal: LiveSignal) => void,
  ): Promise<() => Promise<void>> {
    const subscribing = relay.subscribe<LiveSignal>(topic, (message) => listener(message.data));
    // Once nobody waits for it any more, its failure must not end the process.
    subscribing.catch(() => {});
    await within(subscribing, subscribeMs);
    return async () => {
      await (await within(subscribing, subscribeMs))?.unsubscribe();
    };
  }

  return {
    publish: (signal) => {
      if (tellsNothingNew(waiting, signal)) return;
      waiting.push(signal);
      if (waiting.length > maxWaiting) waiting.shift();
      if (!sending) void send();
    },
    subscribe: (sessionId, listener) => subscribe(`session.${sessionId}`, listener),
    onStop: (listener) =>
      subscribe(stopTopic, (signal) => {
        if (signal.kind === 'stop') listener(signal.turnId);
      }),
    close: () => {
      waiting.length = 0;
      return relay.close();
    },
  };
}

/** Workers hear the stops of all sessions, and nothing else. */
function topicOf({ kind, sessionId }: LiveSignal): string {
  return kind === 'stop' ? stopTopic : `session.${sessionId}`;
}

/** A log that is said to have grown need not be said to have grown again before anybody has heard it. */
function tellsNothingNew(waiting: readonly LiveSignal[], { kind, sessionId }: LiveSignal): boolean {
  if (kind !== 'events' && kind !== 'console' && kind !== 'door') return false;
  return waiting.some((other) => other.kind === kind && other.sessionId === sessionId);
}
