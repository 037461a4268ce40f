import { sharing } from '#bots/sharing.ts';
import type { OpensThreads } from '#core/chat/capabilities.ts';
import type { ThreadRef } from '#core/chat/thread-ref.ts';
import type { SlackCalls } from './calls.ts';
import { carries, metadataOf, type SeenMessage } from './post-key.ts';
import { renderNotice } from './render.ts';
import { type SlackMessage, slackThread } from './types.ts';

/** What was posted before a crash stands among the newest messages of its channel. */
const looked = 200;
/** A channel takes one post a second; whoever waits longer than this tries again later. */
const patienceMs = 15_000;

/** Begins a thread with a post of our own, in the channel where `beside` is. The post carries the key. */
export function threadOpener(calls: SlackCalls): OpensThreads['openThread'] {
  const once = sharing<ThreadRef>();

  async function find(channel: string, key: string): Promise<string | null> {
    const { messages } = await calls.call(
      { method: 'conversations.history', maxWaitMs: patienceMs },
      (client) => client.conversations.history({ channel, include_all_metadata: true, limit: looked }),
    );
    return ((messages ?? []) as SeenMessage[]).find((message) => carries(message, key))?.ts ?? null;
  }

  async function post(channel: string, opening: string, key: string): Promise<string> {
    const { text, blocks } = renderNotice(opening).payload as SlackMessage;
    const lane = { method: 'chat.postMessage', channel, maxWaitMs: patienceMs };
    const { ts } = await calls.call(lane, (client) =>
      client.chat.postMessage({
        ...{ channel, text, blocks, metadata: metadataOf(key) },
        ...{ unfurl_links: false, unfurl_media: false },
      }),
    );
    return ts ?? '';
  }

  return ({ workspace, channel }, opening, key, first = false) =>
    once(key, async () => {
      const there = first ? null : await find(channel, key);
      return slackThread(workspace, channel, there ?? (await post(channel, opening, key)));
    });
}
