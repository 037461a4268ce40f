import type { ChatAdapter, RenderedPost } from '#core/chat/adapter.ts';
import type { OpensThreads } from '#core/chat/capabilities.ts';
import { DeckhandError } from '#core/errors.ts';
import { sha256 } from '#core/events/canonical.ts';
import { renderConsole } from './render.ts';
import { type ConsolePost, type ConsoleThreads, consoleThread } from './types.ts';

/** The console as a chat platform. Its far side is our own database, so nothing it does is ever in doubt for long. */
export function consoleAdapter(threads: ConsoleThreads): ChatAdapter & OpensThreads {
  const notice = async (threadId: string, text: string, key: string): Promise<void> => {
    await threads.post({ threadId, authorId: null, key: `notice:${key}`, content: noticeOf(text) });
  };
  return {
    platform: 'console',
    render: renderConsole,
    async send(thread, post, key) {
      const content = contentOf(post);
      const sent = await threads.post({ threadId: thread.thread, authorId: null, key, content });
      return sent.messageId;
    },
    async edit(_thread, platformId, post) {
      if (!(await threads.edit(platformId, contentOf(post)))) {
        throw new DeckhandError('platform.refused', `The console has no message ${platformId} to edit.`);
      }
    },
    async findPost(thread, key) {
      return (await threads.findByKey(thread.thread, key))?.messageId ?? null;
    },
    async openThread(_beside, opening, key) {
      // The thread's id follows from the key: whoever opens it again after a crash finds the same one.
      const thread = consoleThread(`thr_${sha256(key).slice(0, 32)}`);
      await notice(thread.thread, opening, key);
      return thread;
    },
    renderNotice: (text) => ({ slot: 'notice', kind: 'notice', payload: noticeOf(text), edits: false }),
  };
}

function noticeOf(text: string): ConsolePost {
  return {
    type: 'post',
    kind: 'notice',
    turnId: null,
    blocks: [{ type: 'line', tone: 'quiet', text, at: null }],
  };
}

/** Payloads come from `renderConsole` only; the port hands them through unseen. */
function contentOf(post: RenderedPost): ConsolePost {
  return post.payload as ConsolePost;
}
