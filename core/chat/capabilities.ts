import type { ChatAdapter } from './adapter.ts';
import type { ThreadRef } from './thread-ref.ts';

/** A platform where Deckhand can begin a thread by itself. */
export interface OpensThreads {
  /**
   * Opens a thread in the place where `beside` is, with a first line. The same key gives the same thread: what was
   * opened before a crash is found again; `first` says that nobody has tried this key before, so that nothing is looked
   * for. It takes less than half a minute. @throws as `ChatAdapter.send`; `platform.refused` when the place is gone.
   */
  openThread(beside: ThreadRef, opening: string, key: string, first?: boolean): Promise<ThreadRef>;
}

export function opensThreads(adapter: ChatAdapter): adapter is ChatAdapter & OpensThreads {
  return 'openThread' in adapter;
}

/** A platform where an answer can be seen while it is written. */
export interface StreamsAnswers {
  /**
   * All that is written of a turn's answer so far; it may begin anew. What is streamed is a preview: `send` makes it the
   * answer, or posts that and takes the preview away. Never throws.
   */
  streamAnswer(thread: ThreadRef, turn: { turnId: string; accountId: string }, text: string): void;
}

export function streamsAnswers(adapter: ChatAdapter): adapter is ChatAdapter & StreamsAnswers {
  return 'streamAnswer' in adapter;
}
