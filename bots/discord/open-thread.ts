import { type APIMessage, MessageFlags, Routes } from 'discord.js';
import { sharing } from '#bots/sharing.ts';
import type { OpensThreads } from '#core/chat/capabilities.ts';
import type { ThreadRef } from '#core/chat/thread-ref.ts';
import { sha256 } from '#core/events/canonical.ts';
import type { DiscordCalls } from './calls.ts';
import { carries } from './post-body.ts';
import { cut, text } from './render-parts.ts';
import { startThread, threadName } from './threads.ts';
import { directWorkspace, discordThread, keyNumber } from './types.ts';

/** What was posted before a crash stands among the newest messages of its channel. */
const looked = 100;
const withinMs = 10_000;

/**
 * Begins a thread on a message of our own, in the channel where `beside` is. The message carries the key; its thread has
 * its id, so that it is begun once. A direct conversation is a thread of its own.
 */
export function threadOpener(calls: DiscordCalls): OpensThreads['openThread'] {
  const once = sharing<ThreadRef>();

  async function find(channel: string, key: string): Promise<string | null> {
    const query = new URLSearchParams({ limit: String(looked) });
    const list = await calls.call<APIMessage[]>('GET', Routes.channelMessages(channel), {
      ...{ query, withinMs, needs: 'Read Message History' },
    });
    return list.find((message) => carries(message, key))?.id ?? null;
  }

  async function post(channel: string, opening: string, key: string): Promise<string> {
    const message = await calls.call<APIMessage>('POST', Routes.channelMessages(channel), {
      body: {
        components: [{ ...text(cut(opening, 3_900)), id: keyNumber(key) }],
        flags: MessageFlags.IsComponentsV2,
        ...{ nonce: sha256(key).slice(0, 25), enforce_nonce: true, allowed_mentions: { parse: [] } },
      },
      ...{ withinMs, needs: 'Send Messages' },
    });
    return message.id;
  }

  return ({ workspace, channel }, opening, key, first = false) =>
    once(key, async () => {
      const there = first ? null : await find(channel, key);
      const message = there ?? (await post(channel, opening, key));
      if (workspace === directWorkspace) return discordThread(undefined, channel, channel);
      const thread = discordThread(workspace, channel, message);
      await startThread(calls, thread, threadName(opening, 'Deckhand'), withinMs);
      return thread;
    });
}
