import { randomUUID } from 'node:crypto';
import type { ChatAdapter } from '#core/chat/adapter.ts';
import type { Posts } from '#core/chat/posts-port.ts';
import type { Platform } from '#core/chat/thread-ref.ts';
import type { Live } from '#core/live/ports.ts';
import type { Log } from '#core/log.ts';
import { reconcile } from './reconcile.ts';

interface OutboundDeps {
  /** The one table of adapters. */
  adapters: Partial<Record<Platform, ChatAdapter>>;
  posts: Posts;
  live: Live;
  log: Log;
}

export interface Outbound {
  stop(): Promise<void>;
}

/** How often sessions that no signal announced are looked for. */
const sweepMs = 1000;
/** A running turn's posts are computed anew this often although its log rests: a checklist appears by the clock. */
const tickMs = 5000;
const sweepLimit = 200;

/**
 * Keeps threads up to date with their logs. Signals make it fast; the log and `shown_seq` make it certain. Threads are
 * brought up to date side by side, each by one process at a time; inbound work never waits for it.
 */
export async function startOutbound(deps: OutboundDeps): Promise<Outbound> {
  const me = randomUUID();
  const shown = new Map<string, { again: boolean; done: Promise<void> }>();
  let stopped = false;

  function show(sessionId: string, turnId: string | null = null): void {
    const running = shown.get(sessionId);
    if (running) running.again = true;
    else if (!stopped) {
      const entry = { again: false, done: Promise.resolve() };
      shown.set(sessionId, entry);
      entry.done = showAll(sessionId, turnId, entry).finally(() => shown.delete(sessionId));
    }
  }

  async function showAll(sessionId: string, turnId: string | null, entry: { again: boolean }): Promise<void> {
    do {
      entry.again = false;
      await showOnce(sessionId, turnId).catch((error) => {
        deps.log.error(
          { err: error, session: sessionId },
          'thread not brought up to date; it is tried again',
        );
      });
    } while (entry.again && !stopped);
  }

  async function showOnce(sessionId: string, turnId: string | null): Promise<void> {
    const showing = await deps.posts.begin(sessionId, me, turnId);
    if (!showing) return;
    let reached: number | null = null;
    try {
      const adapter = deps.adapters[showing.thread.platform];
      if (adapter) await reconcile(showing, adapter, deps.posts, new Date());
      reached = showing.headSeq;
    } finally {
      await deps.posts.end(showing, me, reached);
    }
  }

  const unsubscribe = await deps.live.subscribe('*', (signal) => {
    if (signal.kind === 'events') show(signal.sessionId);
  });
  const sweep = async () => {
    for (const sessionId of await deps.posts.due(sweepLimit)) show(sessionId);
  };
  const tick = async () => {
    for (const { sessionId, turnId } of await deps.posts.running(sweepLimit)) show(sessionId, turnId);
  };
  const timers = [
    setInterval(() => void sweep().catch(() => {}), sweepMs),
    setInterval(() => void tick().catch(() => {}), tickMs),
  ];
  await sweep();

  return {
    stop: async () => {
      stopped = true;
      for (const timer of timers) clearInterval(timer);
      await unsubscribe().catch(() => {});
      await Promise.all([...shown.values()].map((entry) => entry.done));
    },
  };
}
