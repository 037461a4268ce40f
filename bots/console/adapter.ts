import type { ChatAdapter, RenderedPost } from '#core/chat/adapter.ts';
import { DeckhandError } from '#core/errors.ts';
import { renderConsole } from './render.ts';
import type { ConsolePost, ConsoleThreads } from './types.ts';

/** The console as a chat platform. Its far side is our own database, so nothing it does is ever in doubt for long. */
export function consoleAdapter(threads: ConsoleThreads): ChatAdapter {
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
  };
}

/** Payloads come from `renderConsole` only; the port hands them through unseen. */
function contentOf(post: RenderedPost): ConsolePost {
  return post.payload as ConsolePost;
}
