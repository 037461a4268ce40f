import { setTimeout as sleep } from 'node:timers/promises';
import type { InboundMessage, InboundOutcome } from '#core/chat/inbound.ts';
import { formatThreadRef, type ThreadRef } from '#core/chat/thread-ref.ts';
import { callJson } from '../json-server.ts';
import type { Message } from '../script.ts';
import { openChatDouble } from './chat-double.ts';
import type { FarSide, SeenPost } from './far-side.ts';

/** Where one of the bots processes takes events now; null while none does. */
export type FindBots = () => string | null;

/** As chat platforms do, the double sends again what nobody took. */
const againAfterMs = 150;

/** The chat double as a far side: a platform that deduplicates nothing and delivers everything up to four times. */
export async function openConsoleSide(findBots: FindBots, owned: AsyncDisposableStack): Promise<FarSide> {
  const chat = await openChatDouble();
  owned.defer(() => chat.close());
  const refused = new Map<string, string>();

  /** Tries until it works, or the run is over. */
  async function insist<T>(path: string, body: unknown, over: AbortSignal): Promise<T> {
    for (;;) {
      over.throwIfAborted();
      const url = chat.down ? null : findBots();
      try {
        if (url) return await callJson<T>(url, path, body);
      } catch {
        // Gone, or not able to: a platform cannot know which, and sends again.
      }
      await sleep(againAfterMs, undefined, { signal: over });
    }
  }

  async function deliver(message: Message, afterMs: number, over: AbortSignal): Promise<void> {
    await sleep(afterMs, undefined, { signal: over });
    const outcome = await insist<InboundOutcome>('/message', toInbound(message), over);
    // Shown by the console itself, at the message.
    if (outcome.kind === 'refused') refused.set(formatThreadRef(threadOf(message)), outcome.message);
    else if (outcome.kind === 'not_addressed' && message.mention === false) return;
    else if (outcome.kind !== 'accepted' && outcome.kind !== 'duplicate')
      throw new Error(`${message.eventId} was not taken: ${JSON.stringify(outcome)}`);
  }

  return {
    name: 'console',
    reach: { console: chat.url },
    begin: async () => {},
    say: async (message, taken, over) => {
      const copies = message.againMs.map((afterMs) => deliver(message, afterMs, over));
      const all = [deliver(message, 0, over), ...copies];
      // Not waited for: a message is said when the platform has it, whoever takes it.
      void Promise.any(all).then(taken, () => {});
      return formatThreadRef(threadOf(message));
    },
    amend: async (message, text, over) => {
      const { eventId, author: name } = message;
      await insist('/amend', { eventId, text, name }, over);
    },
    posts: async () => [
      ...[...refused].map(([thread, text]) => ({
        ...{ id: thread, thread, key: thread, place: 0, text, about: text },
        ...{ kind: 'other' as const, asks: false },
      })),
      ...chat.posts.map(
        ({ id, thread, kind, key, content }, place): SeenPost => ({
          ...{ id, thread, key, place, text: content.text, about: content.asked },
          kind: kind === 'answer' ? 'answer' : kind === 'approval' ? 'card' : 'other',
          asks: content.asks !== null,
        }),
      ),
    ],
    press: async ({ id }, by, allow) => {
      const approvalId = chat.posts.find((post) => post.id === id)?.content.asks;
      const url = findBots();
      if (approvalId && url) await callJson(url, '/press', { approvalId, grant: allow, by });
    },
    down: (is) => {
      chat.down = is;
    },
    loseNextAnswer: () => {
      chat.loseNext = true;
    },
  };
}

function threadOf({ thread }: Message): ThreadRef {
  return { platform: 'console', workspace: 'local', channel: 'home', thread };
}

function toInbound(message: Message): InboundMessage {
  return {
    thread: threadOf(message),
    eventId: message.eventId,
    author: { accountId: message.author, name: message.author },
    text: message.text,
    files: [],
    mention: message.mention ?? true,
    sentAt: new Date().toISOString(),
  };
}
