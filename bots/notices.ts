import type { ChatAdapter } from '#core/chat/adapter.ts';
import type { DueNotice, Notice, Notices } from '#core/chat/notices-port.ts';
import type { Platform } from '#core/chat/thread-ref.ts';
import { DeckhandError } from '#core/errors.ts';
import type { Log } from '#core/log.ts';

export interface NoticeDeps {
  adapters: Partial<Record<Platform, ChatAdapter>>;
  notices: Notices;
  log: Log;
}

/** Says a line that belongs to no turn: it stands in the database when this resolves, and in the thread soon after. */
export type SayNotice = (notice: Notice) => Promise<void>;

const sweepMs = 2000;
const batch = 50;

/** Brings kept notices to their threads, also those of a process that died before it could. */
export function startNotices({ adapters, notices, log }: NoticeDeps): {
  say: SayNotice;
  stop(): Promise<void>;
} {
  const platforms = Object.keys(adapters) as Platform[];
  let running: Promise<void> | null = null;
  let again = false;
  let stopped = false;

  async function bring(notice: DueNotice): Promise<void> {
    const adapter = adapters[notice.thread.platform];
    const post = adapter?.renderNotice?.(notice.text, notice.cards);
    if (!adapter || !post) return;
    try {
      const there = notice.attempt > 1 ? await adapter.findPost(notice.thread, notice.postKey, null) : null;
      const sent = there ?? (await adapter.send(notice.thread, post, notice.postKey, async () => {}));
      await notices.said(notice.key, sent);
    } catch (error) {
      log.warn({ err: error, notice: notice.key }, 'a notice could not be said');
      if (error instanceof DeckhandError && error.code === 'platform.refused')
        await notices.refused(notice.key);
      else await notices.postpone(notice.key, waitMs(error, notice.attempt));
    }
  }

  async function sweep(): Promise<void> {
    do {
      again = false;
      const due = await notices.take(platforms, batch);
      await Promise.all(due.map(bring));
      again ||= due.length === batch;
    } while (again && !stopped);
  }

  function wake(): void {
    again = true;
    running ??= sweep()
      .catch((error) => log.warn({ err: error }, 'notices wait'))
      .finally(() => {
        running = null;
        if (again && !stopped) wake();
      });
  }

  const timer = setInterval(wake, sweepMs);
  wake();
  return {
    say: async (notice) => {
      await notices.keep(notice);
      if (!stopped) wake();
    },
    stop: async () => {
      stopped = true;
      clearInterval(timer);
      await running;
    },
  };
}

function waitMs(error: unknown, attempt: number): number {
  const asked = error instanceof DeckhandError ? (error.retryAfterMs ?? 0) : 0;
  return Math.max(asked, Math.min(1000 * 2 ** attempt, 60_000));
}
