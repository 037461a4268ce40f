import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ChatAdapter } from '#core/chat/adapter.ts';
import { opensThreads } from '#core/chat/capabilities.ts';
import type { Platform, ThreadRef } from '#core/chat/thread-ref.ts';
import { DeckhandError, messageOf } from '#core/errors.ts';
import type { Identities } from '#core/identity/ports.ts';
import { may } from '#core/identity/roles.ts';
import type { Log } from '#core/log.ts';
import type { DueFiring, Firings } from '#core/schedules/ports.ts';
import { directTo } from './elsewhere.ts';
import type { HandleMessage } from './inbound.ts';

export interface FiringDeps {
  firings: Firings;
  adapters: Partial<Record<Platform, ChatAdapter>>;
  identities: Identities;
  /** The one way in. */
  handle: HandleMessage;
  log: Log;
  now?: () => Date;
  tickMs?: number;
}

/** Handed in side by side; small, so that messages of people find a free connection. */
const batch = 20;
/** Handing in and posting take no longer than this; afterwards another process tries. Keys make a second try harmless. */
const leaseMs = 60_000;
const retryMs = 30_000;

/**
 * Hands due firings in as turns, in a thread of their own or in their schedule's. A firing is a message like any other:
 * its identity is its due moment, so that it becomes one turn however often it is handed in (I1, I2).
 */
export function startFirings(deps: FiringDeps): { stop(): Promise<void> } {
  const me = randomUUID();
  const stopping = new AbortController();
  const loop = (async () => {
    while (!stopping.signal.aborted) {
      const more = await deliver(deps, me).catch((error) => {
        deps.log.warn({ err: error }, 'firings wait; it is tried again');
        return false;
      });
      if (!more) await sleep(deps.tickMs ?? 500, undefined, { signal: stopping.signal }).catch(() => {});
    }
  })();
  return {
    stop: async () => {
      stopping.abort();
      await loop;
    },
  };
}

/** One round; true when there may be more. */
export async function deliver(deps: FiringDeps, me: string): Promise<boolean> {
  const now = deps.now?.() ?? new Date();
  const due = await deps.firings.take(me, now, batch, leaseMs);
  await Promise.all(due.map((firing) => handIn(firing, deps, now)));
  return due.length === batch;
}

async function handIn(firing: DueFiring, deps: FiringDeps, now: Date): Promise<void> {
  const log = deps.log.child({ schedule: firing.scheduleId, due: firing.dueAt });
  try {
    const owner = await deps.identities.byId(firing.owner.userId);
    if (!owner || !may(owner.role, 'ask')) {
      return await deps.firings.refuse(
        firing,
        `${firing.owner.name} may no longer ask me for anything here.`,
      );
    }
    const key = `firing/${firing.scheduleId}/${firing.dueAt}`;
    const outcome = await deps.handle({
      thread: await threadOf(firing, deps, key),
      eventId: key,
      author: { accountId: firing.owner.accountId, name: firing.owner.name },
      text: firing.text,
      files: [],
      mention: true,
      sentAt: firing.dueAt,
    });
    if (outcome.kind === 'accepted' || outcome.kind === 'duplicate') {
      return await deps.firings.submitted(firing, outcome.turnId);
    }
    const { code, message } =
      outcome.kind === 'refused' ? outcome : { code: '', message: 'it was not taken.' };
    if (code === 'queue.full') return await deps.firings.postpone(firing, later(now), message);
    await deps.firings.refuse(firing, message);
  } catch (error) {
    if (error instanceof DeckhandError && error.code === 'platform.refused')
      return await gone(firing, deps, error);
    log.warn({ err: error }, 'firing not handed in; it is tried again');
    await deps.firings.postpone(firing, later(now), messageOf(error).slice(0, 300));
  }
}

/** Where the schedule speaks there is nothing to speak in any more: its owner hears of it elsewhere. */
async function gone(firing: DueFiring, deps: FiringDeps, { message }: DeckhandError): Promise<void> {
  const direct = await directTo(deps, firing.thread, firing.owner.userId);
  await deps.firings.refuse(firing, `I can no longer post there. ${message}`, direct ?? undefined);
}

/** The thread that it runs in. Either way a line of ours says there why something begins without a message. */
async function threadOf(firing: DueFiring, deps: FiringDeps, key: string): Promise<ThreadRef> {
  const { thread, runMode, first } = firing;
  const adapter = deps.adapters[thread.platform];
  if (!adapter) throw new DeckhandError('platform.absent', `${thread.platform} is not connected just now.`);
  const opening = `⏰ ${firing.words} · for ${firing.owner.name}\n${firing.text}`;
  if (runMode === 'new_thread' && opensThreads(adapter))
    return await adapter.openThread(thread, opening, key, first);
  const line = adapter.renderNotice?.(opening);
  const there = first ? null : await adapter.findPost(thread, key, null);
  if (line && !there) await adapter.send(thread, line, key, async () => {});
  return thread;
}

function later(now: Date): Date {
  return new Date(now.getTime() + retryMs);
}
