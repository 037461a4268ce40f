import { createHash } from 'node:crypto';
import { type APIChannel, type APIMessage, Routes } from 'discord.js';
import type { ChatAdapter, RenderedPost } from '#core/chat/adapter.ts';
import type { OpensThreads } from '#core/chat/capabilities.ts';
import type { ThreadRef } from '#core/chat/thread-ref.ts';
import { fingerprint } from '#core/events/canonical.ts';
import type { Blobs } from '#core/files/ports.ts';
import type { DiscordCalls } from './calls.ts';
import { discordCodeOf } from './calls.ts';
import { threadOpener } from './open-thread.ts';
import { bodyOf, carries } from './post-body.ts';
import { renderDiscord, renderNotice } from './render.ts';
import type { ShowStatus } from './status.ts';
import { startThread } from './threads.ts';
import {
  type DiscordMessage,
  type DiscordPost,
  directThread,
  discordThread,
  instantOf,
  placeOf,
} from './types.ts';

export interface DiscordAdapterDeps {
  calls: DiscordCalls;
  blobs: Blobs;
  showStatus: ShowStatus;
  now?: () => number;
}

/** Codes of docs.discord.com/developers/topics/opcodes-and-status-codes#json. */
const codes = { unknownChannel: 10003, unknownMessage: 10008, oldEdit: 30046, archived: 50083 };
/** Edits of messages over an hour old are throttled (30046); a minute of it is for clocks. */
const oldAfterMs = 59 * 60_000;
/** How far back a post is looked for that may have gone out before a crash. */
const pages = 3;
const pageOfMessages = 100;
/** "Edits ≥ 2 s apart": Discord tells its limits in headers only. */
const editEveryMs = 2_000;

/** Discord as a chat platform. */
export function discordAdapter({
  calls,
  blobs,
  showStatus,
  now = Date.now,
}: DiscordAdapterDeps): ChatAdapter & OpensThreads {
  /** What stood in the thread when a post was looked for in vain: its first parts may be there. */
  const seen = new Map<string, APIMessage[]>();

  async function create(
    channel: string,
    message: DiscordMessage,
    options: CreateOptions,
  ): Promise<APIMessage> {
    const { body, files } = await bodyOf(message, { ...options, blobs });
    const nonce = options.nonce.slice(0, 25);
    return calls.call<APIMessage>('POST', Routes.channelMessages(channel), {
      body: { ...body, nonce, enforce_nonce: true, ...options.more },
      files,
      needs: files.length > 0 ? 'Send Messages in Threads or Attach Files' : 'Send Messages in Threads',
    });
  }

  /** A post's messages in order; those that are there already are not sent again. */
  async function sendAll(channel: string, post: DiscordPost, key: string, more: object): Promise<string> {
    const there = seen.get(key) ?? [];
    const ping = post.ping ? await authorOf(calls, post.ping) : null;
    let last = '';
    for (const [index, message] of post.messages.entries()) {
      const isLast = index === post.messages.length - 1;
      const earlier = there.find((one) => !isLast && message.content?.trim() === one.content);
      const options = { nonce: `${key}${index.toString(36)}`, key: isLast ? key : null, more };
      const mention = index === 0 ? ping : null;
      last = earlier?.id ?? (await create(channel, message, { ...options, ping: mention })).id;
    }
    return last;
  }

  /** In a new message, where an old one can no longer be edited. Its nonce is its content: the same is said once. */
  async function sayAnew(thread: ThreadRef, platformId: string, post: DiscordPost): Promise<void> {
    const nonce = createHash('sha256')
      .update(`${platformId} ${fingerprint(post)}`)
      .digest('hex')
      .slice(0, 24);
    await sendAll(thread.thread, { ...post, ping: null }, nonce, {});
  }

  return {
    platform: 'discord',
    editEveryMs,
    render: renderDiscord,
    renderNotice,
    showStatus,
    openThread: threadOpener(calls),
    direct: (workspace, accountId) => discordThread(workspace, accountId, directThread),
    linkTo: async ({ workspace, thread }) =>
      `[this thread](https://discord.com/channels/${workspace}/${thread})`,

    async send(place, rendered, key) {
      const post = payloadOf(rendered);
      const thread = await reachable(calls, place);
      try {
        return await sendAll(thread.thread, post, key, {});
      } catch (error) {
        // A thread begins with its first post when the message that asked for it could not begin one.
        if (discordCodeOf(error) !== codes.unknownChannel || thread.channel === thread.thread) throw error;
        if (rendered.kind === 'notice') {
          const reference = { message_id: thread.thread, fail_if_not_exists: false };
          return await sendAll(thread.channel, post, key, { message_reference: reference });
        }
        await startThread(calls, thread, 'Deckhand');
        return await sendAll(thread.thread, post, key, {});
      } finally {
        seen.delete(key);
      }
    },

    async edit(thread, platformId, rendered) {
      const post = payloadOf(rendered);
      const message = post.messages.at(-1);
      if (!message) return;
      const old = now() - instantOf(platformId).getTime() > oldAfterMs;
      if (old && post.late === 'leave') return;
      if (old) return await sayAnew(thread, platformId, post);
      const { body } = await bodyOf(message, { key: null, ping: null, blobs });
      try {
        await calls.call('PATCH', Routes.channelMessage(thread.thread, platformId), {
          body: {
            content: body.content,
            components: body.components,
            allowed_mentions: body.allowed_mentions,
          },
          needs: 'Send Messages in Threads',
        });
      } catch (error) {
        const closed = [codes.archived, codes.oldEdit, codes.unknownMessage].includes(
          discordCodeOf(error) ?? 0,
        );
        if (!closed || post.late === 'leave') throw error;
        await sayAnew(thread, platformId, post);
      }
    },

    async findPost(place, key) {
      const thread = await reachable(calls, place);
      const own: APIMessage[] = [];
      let before: string | undefined;
      for (let page = 0; page < pages; page += 1) {
        const query = new URLSearchParams({ limit: String(pageOfMessages), ...(before ? { before } : {}) });
        const list = await readable(calls, thread, query);
        const found = list.find((message) => carries(message, key));
        if (found) return found.id;
        own.push(...list);
        before = list.at(-1)?.id;
        if (list.length < pageOfMessages) break;
      }
      if (seen.size > 1_000) seen.clear();
      seen.set(key, own);
      return null;
    },
  };
}

/** Somebody outside of a thread is reached in the conversation with them, which Discord opens once. */
async function reachable(calls: DiscordCalls, thread: ThreadRef): Promise<ThreadRef> {
  if (thread.thread !== directThread) return thread;
  const { id } = await calls.call<APIChannel>('POST', Routes.userChannels(), {
    body: { recipient_id: thread.channel },
  });
  return { ...thread, channel: id, thread: id };
}

interface CreateOptions {
  nonce: string;
  key: string | null;
  ping: string | null;
  more: object;
}

/** Messages of a thread; none where there is no thread yet. */
async function readable(
  calls: DiscordCalls,
  thread: ThreadRef,
  query: URLSearchParams,
): Promise<APIMessage[]> {
  try {
    return await calls.call<APIMessage[]>('GET', Routes.channelMessages(thread.thread), {
      query,
      needs: 'Read Message History',
    });
  } catch (error) {
    if (discordCodeOf(error) !== codes.unknownChannel || thread.channel === thread.thread) throw error;
    // A refusal may have been said in the channel, as a reply.
    return await calls.call<APIMessage[]>('GET', Routes.channelMessages(thread.channel), {
      query,
      needs: 'Read Message History',
    });
  }
}

/** Whom to ping: the author of the message that asked; nobody when it is gone. */
async function authorOf(calls: DiscordCalls, identity: string): Promise<string | null> {
  const place = placeOf(identity);
  if (!place) return null;
  const message = await calls
    .call<APIMessage>('GET', Routes.channelMessage(place.channel, place.message), { withinMs: 2_000 })
    .catch(() => null);
  return message?.author.id ?? null;
}

/** Payloads come from `render.ts` only; the port hands them through unseen. */
function payloadOf(post: RenderedPost): DiscordPost {
  return post.payload as DiscordPost;
}
