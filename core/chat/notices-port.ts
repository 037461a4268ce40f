import type { ScheduleCard } from '#core/schedules/card.ts';
import type { Platform, ThreadRef } from './thread-ref.ts';

/** A line of Deckhand's own that belongs to no turn: a refusal, a greeting, an answer to a verb. */
export interface Notice {
  /** Names the occasion: the same one is said once, however often it is asked for. */
  key: string;
  thread: ThreadRef;
  /** Markdown. */
  text: string;
  /** Schedules that it is about, with what can be done to them. */
  cards?: ScheduleCard[];
}

export interface DueNotice extends Notice {
  cards: ScheduleCard[];
  /** Idempotency key, also readable at the platform. */
  postKey: string;
  /** 1 for the first try; from the second on it may be there already. */
  attempt: number;
}

export interface Notices {
  /** Keeps it, to be said soon. False when this occasion has been kept before. */
  keep(notice: Notice): Promise<boolean>;
  /** Has this occasion been kept or marked before? */
  kept(key: string): Promise<boolean>;
  /** Notes an occasion that needs no words: it is not to come about again. */
  mark(key: string, thread: ThreadRef): Promise<void>;
  /** Takes some whose time has come; each is given to nobody else for 30 s. */
  take(platforms: Platform[], limit: number): Promise<DueNotice[]>;
  said(key: string, platformId: string): Promise<void>;
  /** Its place takes no posts: it is not tried again. */
  refused(key: string): Promise<void>;
  /** It did not work out now. */
  postpone(key: string, ms: number): Promise<void>;
}
