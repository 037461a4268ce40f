import { randomUUID } from 'node:crypto';
import type { ChatAdapter } from '#core/chat/adapter.ts';
import type { Posts, Showing } from '#core/chat/posts-port.ts';
import type { Platform } from '#core/chat/thread-ref.ts';
import { DeckhandError } from '#core/errors.ts';
import type { Live } from '#core/live/ports.ts';
import type { Log } from '#core/log.ts';
import { isFinal } from '#core/turns/state.ts';
import { type Refusal, reconcile } from './reconcile.ts';
import type { AnswerStreams } from './streams.ts';

interface OutboundDeps {
  /** The one table of adapters. */
  adapters: Partial<Record<Platform, ChatAdapter>>;
  posts: Posts;
  live: Live;
  log: Log;
  /** Left out: no answer is seen before it is complete. */
  streams?: AnswerStreams;
  /** Told of posts that the platform will never take. */
  onRefused?: (showing: Showing, refused: Refusal[]) => Promise<void>;
}

export interface Outbound {
  stop(): Promise<void>;
}

/** How often sessions that no signal announced are looked for. */
const sweepMs = 1000;
/** A running turn's posts are computed anew this often although its log rests: a checklist appears by the clock. */
const tickMs = 5000;
const sweepLimit = 200;
/** A showing is lent for 15 s: one that takes longer asks again in good time. */
const renewMs = 4000;
/** A thread that failed rests for a while, longer each time. */
const restMs = { first: 1000, most: 30_000 };

/**
 * Keeps threads up to date with their logs. Signals make it fast; the log and `shown_seq` make it certain. Threads are
 * brought up to date side by side, each by one process at a time; inbound work never waits for it.
 */
export async function startOutbound(deps: OutboundDeps): Promise<Outbound> {
  const me = randomUUID();
  const shown = new Map<string, { again: boolean; done: Promise<void> }>();
  const resting = new Map<string, { untilMs: number; times: number }>();
  const yielding = new Map<string, NodeJS.Timeout>();
  let stopped = false;

  function show(sessionId: string, turnId: string | null = null): void {
    const running = shown.get(sessionId);
    const yieldsMs = deps.streams?.yieldsMs(sessionId) ?? 0;
    if (running) running.again = true;
    else if (yielding.has(sessionId)) return;
    else if (yieldsMs > 0) {
      const later = () => {
        yielding.delete(sessionId);
        show(sessionId, turnId);
      };
      yielding.set(sessionId, setTimeout(later, yieldsMs));
    } else if (!stopped) {
      const entry = { again: false, done: Promise.resolve() };
      shown.set(sessionId, entry);
      entry.done = showAll(sessionId, turnId, entry).finally(() => shown.delete(sessionId));
    }
  }

  async function showAll(sessionId: string, turnId: string | null, entry: { again: boolean }): Promise<void> {
    do {
      entry.again = false;
      if ((resting.get(sessionId)?.untilMs ?? 0) > Date.now()) return;
      await showOnce(sessionId, turnId).then(
        (failures) => (failures.length > 0 ? rest(sessionId, failures) : void resting.delete(sessionId)),
        (error) => rest(sessionId, [error]),
      );
    } while (entry.again && !stopped);
  }

  function rest(sessionId: string, failures: unknown[]): void {
    const times = resting.get(sessionId)?.times ?? 0;
    const asked = failures.map((one) => (one instanceof DeckhandError ? (one.retryAfterMs ?? 0) : 0));
    const ms = Math.max(Math.min(restMs.first * 2 ** times, restMs.most), ...asked);
    resting.set(sessionId, { untilMs: Date.now() + ms, times: times + 1 });
    const facts = { err: failures[0], session: sessionId, againInMs: ms };
    deps.log.error(facts, 'thread not brought up to date; it is tried again');
  }

  /** Gives what failed and is to be tried again. */
  async function showOnce(sessionId: string, turnId: string | null): Promise<unknown[]> {
    const showing = await deps.posts.begin(sessionId, me, turnId);
    if (!showing) return [];
    let reached: number | null = null;
    const lease = keepLease(deps.posts, showing, me);
    try {
      const adapter = deps.adapters[showing.thread.platform];
      if (adapter) {
        const { posts } = deps;
        const result = await reconcile({ showing, adapter, posts, now: new Date(), held: lease.held });
        for (const document of result.documents) {
          adapter.showStatus?.(showing.thread, document);
          if (isFinal(document.state)) deps.streams?.ended(document.turnId);
        }
        if (result.refused.length > 0) await deps.onRefused?.(showing, result.refused);
        if (result.failures.length > 0) return result.failures;
      }
      reached = showing.headSeq;
    } finally {
      lease.end();
      await deps.posts.end(showing, me, reached);
    }
    return [];
  }

  const unsubscribe = await deps.live.subscribe('*', (signal) => {
    if (signal.kind === 'events') show(signal.sessionId);
    if (signal.kind === 'answer') deps.streams?.heard(signal);
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
      for (const timer of yielding.values()) clearTimeout(timer);
      await unsubscribe().catch(() => {});
      await Promise.all([...shown.values()].map((entry) => entry.done));
    },
  };
}

/** Keeps a showing ours while a slow platform takes its time. */
function keepLease(posts: Posts, showing: Showing, me: string) {
  let renewedMs = Date.now();
  let lost = false;
  const renew = async (): Promise<void> => {
    lost ||= !(await posts.renew(showing, me));
    if (!lost) renewedMs = Date.now();
  };
  const timer = setInterval(() => void renew().catch(() => {}), renewMs);
  return {
    end: () => clearInterval(timer),
    /** Before anything goes out: a process that slept over its lease must not speak. */
    held: async (): Promise<void> => {
      if (Date.now() - renewedMs > 2 * renewMs) await renew();
      if (lost) throw new Error('another process shows this thread by now');
    },
  };
}
