import type { KnownBlock } from '@slack/types';
import type { ChatAdapter, RenderedPost } from '#core/chat/adapter.ts';
import type { OpensThreads, StreamsAnswers } from '#core/chat/capabilities.ts';
import type { ThreadRef } from '#core/chat/thread-ref.ts';
import type { SlackCalls } from './calls.ts';
import type { SlackFiles } from './files-out.ts';
import { threadOpener } from './open-thread.ts';
import { carries, metadataOf, type SeenMessage } from './post-key.ts';
import { renderNotice, renderSlack } from './render.ts';
import type { ShowStatus } from './status.ts';
import type { SlackStreams } from './streams.ts';
import { directThread, type SlackMessage, type SlackPost, slackThread } from './types.ts';

export interface SlackAdapterDeps {
  calls: SlackCalls;
  files: SlackFiles;
  streams: SlackStreams;
  showStatus: ShowStatus;
  /** Somebody's account here, by our own id of them. */
  accountOf(userId: string, workspace: string): Promise<string | null>;
}

/** Slack's advice is one edit of a message in three seconds. */
const editEveryMs = 3_000;
const page = 200;

/** Slack as a chat platform. A post's outcome that is not known is settled by its metadata (`findPost`). */
export function slackAdapter(deps: SlackAdapterDeps): ChatAdapter & OpensThreads & StreamsAnswers {
  const { calls, files, streams, showStatus } = deps;
  return {
    platform: 'slack',
    editEveryMs,
    render: renderSlack,
    renderNotice,
    showStatus,
    openThread: threadOpener(calls),
    streamAnswer: streams.write,
    linkTo: async ({ channel, thread }) => {
      const named = `<#${channel}>`;
      if (thread === directThread) return named;
      return calls
        .call({ method: 'chat.getPermalink', maxWaitMs: 5_000 }, (client) =>
          client.chat.getPermalink({ channel, message_ts: thread }),
        )
        .then(
          ({ permalink }) => (permalink ? `[this thread](${permalink})` : named),
          () => named,
        );
    },
    direct: (workspace, accountId) => slackThread(workspace, accountId, directThread),

    async send(thread, post, key, remember) {
      const payload = contentOf(post);
      if (payload.type === 'file') return files.send(thread, payload, remember);
      const { stream } = payload;
      const streamed = stream ? await streams.finish(stream, key, remember) : null;
      if (streamed) return streamed;
      const { channel } = thread;
      const { text, blocks } = await pinging(thread, payload);
      const { ts } = await calls.call({ method: 'chat.postMessage', channel }, (client) =>
        client.chat.postMessage({
          channel,
          ...(thread.thread === directThread ? {} : { thread_ts: thread.thread }),
          text,
          blocks,
          metadata: metadataOf(key),
          unfurl_links: false,
          unfurl_media: false,
        }),
      );
      return ts ?? '';
    },

    async edit(thread, platformId, post) {
      const payload = contentOf(post);
      if (payload.type === 'file') return;
      // A checklist is edited again soon anyway; a card must not wait for another's turn.
      const maxWaitMs = post.kind === 'checklist' ? 0 : undefined;
      await calls.call({ method: 'chat.update', maxWaitMs }, (client) =>
        client.chat.update({
          channel: thread.channel,
          ts: platformId,
          text: payload.text,
          blocks: payload.blocks,
        }),
      );
    },

    async findPost(thread, key, remembered) {
      const isStream = remembered !== null && /^\d+\.\d+$/.test(remembered);
      if (remembered && !isStream) return (await files.find(thread, remembered)) ? remembered : null;
      let cursor: string | undefined;
      do {
        const { messages, next } = await readPage(thread, cursor);
        const found = messages.find((message) => carries(message, key));
        if (found?.ts) return found.ts;
        cursor = next;
      } while (cursor);
      if (isStream) await streams.discard(thread.channel, remembered);
      return null;
    },
  };

  /** A mention of whoever asked, where they would not hear of the answer otherwise. */
  async function pinging(thread: ThreadRef, { text, blocks, ping }: SlackMessage) {
    const account = ping && !isDirect(thread) ? await deps.accountOf(ping, thread.workspace) : null;
    if (!account) return { text, blocks };
    const name = `<@${account}>`;
    const called: KnownBlock = { type: 'section', text: { type: 'mrkdwn', text: name } };
    return { text: `${name} ${text}`, blocks: [called, ...blocks] };
  }

  async function readPage(thread: ThreadRef, cursor: string | undefined) {
    const more = { include_all_metadata: true, limit: page, ...(cursor ? { cursor } : {}) };
    const direct = thread.thread === directThread;
    const channel =
      direct && /^[UW]/.test(thread.channel) ? await openDirect(thread.channel) : thread.channel;
    const method = direct ? 'conversations.history' : 'conversations.replies';
    const found = await calls.call({ method }, async (client) =>
      direct
        ? await client.conversations.history({ channel, ...more })
        : await client.conversations.replies({ channel, ts: thread.thread, ...more }),
    );
    const next = found.response_metadata?.next_cursor || undefined;
    return { messages: (found.messages ?? []) as SeenMessage[], next };
  }

  async function openDirect(user: string): Promise<string> {
    const { channel } = await calls.call({ method: 'conversations.open' }, (client) =>
      client.conversations.open({ users: user }),
    );
    return channel?.id ?? user;
  }
}

/** A conversation with one person: everything said there notifies them. */
function isDirect({ channel, thread }: ThreadRef): boolean {
  return thread === directThread || channel.startsWith('D');
}

/** Payloads come from `render.ts` only; the port hands them through unseen. */
function contentOf(post: RenderedPost): SlackPost {
  return post.payload as SlackPost;
}
