import type { ChatAdapter, RenderedPost } from '#core/chat/adapter.ts';
import type { ThreadRef } from '#core/chat/thread-ref.ts';
import type { SlackCalls } from './calls.ts';
import type { SlackFiles } from './files-out.ts';
import { renderNotice, renderSlack } from './render.ts';
import type { ShowStatus } from './status.ts';
import { directThread, type SlackPost, slackThread } from './types.ts';

export interface SlackAdapterDeps {
  calls: SlackCalls;
  files: SlackFiles;
  showStatus: ShowStatus;
}

/** "The event_type … alphanumeric"; readable by everybody in the workspace, so it carries the opaque key and no more. */
const eventType = 'deckhand_post';
/** Slack's advice is one edit of a message in three seconds. */
const editEveryMs = 3_000;
const page = 200;

/** Slack as a chat platform. A post's outcome that is not known is settled by its metadata (`findPost`). */
export function slackAdapter({ calls, files, showStatus }: SlackAdapterDeps): ChatAdapter {
  return {
    platform: 'slack',
    editEveryMs,
    render: renderSlack,
    renderNotice,
    showStatus,
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
          metadata: { event_type: eventType, event_payload: { key } },
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
        const found = messages.find((message) => {
          const { event_type: type, event_payload: payload } = message.metadata ?? {};
          return type === eventType && isKey(payload, key);
        });
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

interface SeenMessage {
  ts?: string;
  metadata?: { event_type?: string; event_payload?: unknown };
}

function isKey(payload: unknown, key: string): boolean {
  return typeof payload === 'object' && payload !== null && 'key' in payload && payload.key === key;
}

/** Payloads come from `render.ts` only; the port hands them through unseen. */
function contentOf(post: RenderedPost): SlackPost {
  return post.payload as SlackPost;
}
