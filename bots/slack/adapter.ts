import type { ChatAdapter, RenderedPost } from '#core/chat/adapter.ts';
import type { OpensThreads } from '#core/chat/capabilities.ts';
import type { ThreadRef } from '#core/chat/thread-ref.ts';
import type { SlackCalls } from './calls.ts';
import type { SlackFiles } from './files-out.ts';
import { threadOpener } from './open-thread.ts';
import { carries, metadataOf, type SeenMessage } from './post-key.ts';
import { renderNotice, renderSlack } from './render.ts';
import type { ShowStatus } from './status.ts';
import { directThread, type SlackPost, slackThread } from './types.ts';

export interface SlackAdapterDeps {
  calls: SlackCalls;
  files: SlackFiles;
  showStatus: ShowStatus;
}

/** Slack's advice is one edit of a message in three seconds. */
const editEveryMs = 3_000;
const page = 200;

/** Slack as a chat platform. A post's outcome that is not known is settled by its metadata (`findPost`). */
export function slackAdapter({ calls, files, showStatus }: SlackAdapterDeps): ChatAdapter & OpensThreads {
  return {
    platform: 'slack',
    editEveryMs,
    render: renderSlack,
    renderNotice,
    showStatus,
    openThread: threadOpener(calls),
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
      const { channel } = thread;
      const { ts } = await calls.call({ method: 'chat.postMessage', channel }, (client) =>
        client.chat.postMessage({
          channel,
          ...(thread.thread === directThread ? {} : { thread_ts: thread.thread }),
          text: payload.text,
          blocks: payload.blocks,
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
      if (remembered) return (await files.find(thread, remembered)) ? remembered : null;
      let cursor: string | undefined;
      do {
        const { messages, next } = await readPage(thread, cursor);
        const found = messages.find((message) => carries(message, key));
        if (found?.ts) return found.ts;
        cursor = next;
      } while (cursor);
      return null;
    },
  };

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

/** Payloads come from `render.ts` only; the port hands them through unseen. */
function contentOf(post: RenderedPost): SlackPost {
  return post.payload as SlackPost;
}
