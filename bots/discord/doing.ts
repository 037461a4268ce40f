import type { Presser } from '#bots/controls.ts';
import type { ThreadRef } from '#core/chat/thread-ref.ts';

/** Who did something, and where. */
export interface Doing {
  by: Presser;
  thread: ThreadRef;
  kind: 'channel' | 'thread' | 'direct';
  /** Names the doing: the same one twice is one. */
  eventId: string;
  sentAt: Date;
}
