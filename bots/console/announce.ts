import type { Live } from '#core/live/ports.ts';
import type { ConsoleThreads } from './types.ts';

/** The same threads, with a lossy signal after each change for whoever looks at the thread just now. */
export function announcing(threads: ConsoleThreads, live: Live): ConsoleThreads {
  const announce = (threadId: string) => live.publish({ kind: 'console', sessionId: threadId });
  return {
    ...threads,
    async post(message) {
      const posted = await threads.post(message);
      announce(posted.threadId);
      return posted;
    },
    async edit(messageId, content) {
      const edited = await threads.edit(messageId, content);
      if (edited) announce(edited.threadId);
      return edited;
    },
  };
}
