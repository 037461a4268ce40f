import { setTimeout as sleep } from 'node:timers/promises';
import type { Connections } from '#core/chat/connections-port.ts';
import { DeckhandError, messageOf } from '#core/errors.ts';
import type { Log } from '#core/log.ts';
import type { Homeserver } from './homeserver.ts';
import type { SyncBatch } from './types.ts';

export interface SyncDeps {
  homeserver: Homeserver;
  connections: Connections;
  /** This process. */
  by: string;
  log: Log;
  /** Handles a batch; when it resolves all of it is committed. `since` null: the first one ever. */
  take(batch: SyncBatch, since: string | null): Promise<void>;
}

/** How the connection stands, in a word and in a sentence. */
export interface SyncState {
  state: 'connecting' | 'connected' | 'elsewhere' | 'away' | 'refused';
  detail: string;
}

export interface Sync {
  state(): SyncState;
  stop(): Promise<void>;
}

const pollMs = 25_000;
/** Lent for 6 s: a dead holder's is taken over within 7. */
const renewMs = 2_000;
const lookMs = 1_000;
const backoffMs = { first: 500, most: 10_000 };

/**
 * Reads an account's events, one process at a time. The position is noted after everything before it is committed, so
 * that a process that dies in between leaves it to the next one: events come again, none is lost (I1, I2).
 */
export function startSync({ homeserver, connections, by, log, take }: SyncDeps): Sync {
  const stopping = new AbortController();
  const mine = { platform: 'matrix', account: homeserver.userId, by } as const;
  let state: SyncState = { state: 'connecting', detail: 'not connected yet' };

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      const lent = await connections.take(mine).catch((error) => {
        log.warn({ err: error }, 'the Matrix connection waits for the database');
        return null;
      });
      if (lent) await read(lent.position);
      else {
        state = { state: 'elsewhere', detail: `another process reads for ${homeserver.userId}` };
        await pause(lookMs, stopping.signal);
      }
    }
    await connections.release(mine).catch(() => {});
  }

  /** Reads on until the connection is lost or we stop. */
  async function read(position: string | null): Promise<void> {
    const lost = new AbortController();
    const ended = AbortSignal.any([stopping.signal, lost.signal]);
    let renewedMs = Date.now();
    const timer = setInterval(() => {
      connections.renew(mine).then(
        (ours) => {
          if (ours) renewedMs = Date.now();
          else lost.abort();
        },
        () => {
          if (Date.now() - renewedMs > 3 * renewMs) lost.abort();
        },
      );
    }, renewMs);
    try {
      await checkAccount(ended);
      let since = position;
      // The first answer comes at once, so that it is known that we read.
      let waitMs = 0;
      for (let failures = 0; !ended.aborted; ) {
        try {
          const batch = await homeserver.sync(since, waitMs, ended);
          state = { state: 'connected', detail: `reads as ${homeserver.userId}` };
          await take(batch, since);
          if (!(await connections.advance(mine, batch.next_batch))) return;
          since = batch.next_batch;
          failures = 0;
          waitMs = pollMs;
        } catch (error) {
          failures += 1;
          waitMs = 0;
          await rest(error, failures, ended);
        }
      }
    } finally {
      clearInterval(timer);
    }
  }

  /** A token of another account would answer in its name, and note its position under ours. */
  async function checkAccount(ended: AbortSignal): Promise<void> {
    for (let failures = 1; !ended.aborted; failures += 1) {
      try {
        const { userId: whose } = await homeserver.whoami();
        if (whose === homeserver.userId) return;
        throw new DeckhandError(
          'platform.unauthorized',
          `The access token is that of ${whose}, not of ${homeserver.userId}. Correct MATRIX_USER_ID or MATRIX_ACCESS_TOKEN.`,
          { retryable: true, retryAfterMs: 30_000, blame: 'machine' },
        );
      } catch (error) {
        await rest(error, failures, ended);
      }
    }
  }

  async function rest(error: unknown, failures: number, ended: AbortSignal): Promise<void> {
    if (ended.aborted) return;
    const refused = error instanceof DeckhandError && error.code === 'platform.unauthorized';
    const asked = error instanceof DeckhandError ? (error.retryAfterMs ?? 0) : 0;
    const ms = Math.max(asked, Math.min(backoffMs.first * 2 ** (failures - 1), backoffMs.most));
    state = { state: refused ? 'refused' : 'away', detail: messageOf(error) };
    log.warn({ err: error, againInMs: ms }, 'Matrix is read again in a while');
    await pause(ms, ended);
  }

  const done = run().catch((error) => log.error({ err: error }, 'the Matrix connection ended'));
  return {
    state: () => state,
    stop: async () => {
      stopping.abort();
      await done;
    },
  };
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return sleep(ms, undefined, { signal }).catch(() => {});
}
