import type { Platform } from './thread-ref.ts';

export interface UnreadOf {
  platform: Platform;
  account: string;
}

export interface UnreadMessage {
  channel: string;
  message: string;
  /** As the platform gave it. */
  event: string;
  /** How long it has been waiting, in milliseconds. */
  waitsMs: number;
  /** Its author has been told. */
  told: boolean;
}

/** Messages that have come without their keys, kept before the platform is told "got it" (I2). */
export interface UnreadMessages {
  /** Nothing changes when it is there. */
  keep(of: UnreadOf, unread: Pick<UnreadMessage, 'channel' | 'message' | 'event'>): Promise<void>;
  /** Oldest first, so many at most. */
  list(of: UnreadOf, limit: number): Promise<UnreadMessage[]>;
  told(of: UnreadOf, channel: string, message: string): Promise<void>;
  /** It has been read, or is given up. */
  drop(of: UnreadOf, channel: string, message: string): Promise<void>;
}
