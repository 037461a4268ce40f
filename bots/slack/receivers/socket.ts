import { setTimeout as sleep } from 'node:timers/promises';
import { webApi } from '@slack/bolt';
import type { Log } from '#core/log.ts';
import type { Delivery, TakeDelivery } from '../types.ts';
import { type Connection, type Envelope, openConnection } from './connection.ts';

export interface SocketReceiver {
  /** True while Slack can reach us. */
  connected(): boolean;
  stop(): Promise<void>;
}

export interface SocketSettings {
  appToken: string;
  apiUrl: string;
  take: TakeDelivery;
  log: Log;
  /** Called each time a first connection stands after none did. */
  onConnected?: () => void;
}

const firstWaitMs = 500;
const mostWaitMs = 30_000;

const kinds: Record<Envelope['type'], Delivery['kind']> = {
  events_api: 'event',
  interactive: 'interactive',
  slash_commands: 'command',
};

/**
 * Socket Mode: keeps a connection for as long as it runs, whatever happens on the way. When Slack renews one, the next
 * stands before the old one goes, so that no event has to be sent again.
 */
export function startSocketReceiver({
  appToken,
  apiUrl,
  take,
  log,
  onConnected,
}: SocketSettings): SocketReceiver {
  const client = new webApi.WebClient(appToken, {
    slackApiUrl: apiUrl.endsWith('/') ? apiUrl : `${apiUrl}/`,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: 10_000,
    logLevel: webApi.LogLevel.ERROR,
  });
  const stopping = new AbortController();
  const open = new Set<Connection>();
  const atWork = new Set<Promise<unknown>>();

  function handle(envelope: Envelope): Promise<object | undefined> {
    const work = take({ kind: kinds[envelope.type], body: envelope.payload });
    const watched = work
      .catch((error) =>
        log.error({ err: error }, 'a delivery of Slack was not taken; it is not acknowledged'),
      )
      .finally(() => atWork.delete(watched));
    atWork.add(watched);
    return work;
  }

  /** Resolves when a connection is about to end, or has. */
  async function hold(): Promise<void> {
    const { url } = await client.apps.connections.open();
    if (!url) throw new Error('apps.connections.open gave no address');
    const { promise: ending, resolve } = Promise.withResolvers<void>();
    const connection = await openConnection(url, { take: handle, onEnding: resolve });
    if (open.size === 0) onConnected?.();
    open.add(connection);
    void connection.ended.then(() => {
      open.delete(connection);
      resolve();
    });
    // Asked to stop while it was opened: nobody would tell it again.
    if (stopping.signal.aborted) return;
    const stop = (): void => resolve();
    stopping.signal.addEventListener('abort', stop, { once: true });
    await ending;
    stopping.signal.removeEventListener('abort', stop);
  }

  const loop = (async () => {
    let failures = 0;
    while (!stopping.signal.aborted) {
      try {
        await hold();
        failures = 0;
      } catch (error) {
        failures += 1;
        const ms = Math.min(firstWaitMs * 2 ** (failures - 1), mostWaitMs);
        log.warn({ err: error, againInMs: ms }, 'no connection to Slack; it is tried again');
        await sleep(ms, undefined, { signal: stopping.signal }).catch(() => {});
      }
    }
  })();

  return {
    connected: () => open.size > 0,
    stop: async () => {
      stopping.abort();
      await loop;
      await Promise.all(atWork);
      await Promise.all([...open].map((connection) => connection.close()));
    },
  };
}
