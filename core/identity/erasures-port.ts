import type { Person } from '#core/events/types.ts';

/** The deletion of a person's data, as far as it has come. */
export interface ErasureFacts {
  erasureId: string;
  userId: string;
  /** Who asked for it. */
  askedBy: string;
  /** ISO 8601. */
  askedAt: string;
  /** `clearing`: logs and tables. `sweeping`: they are clear; files that nothing names any more go after their grace. */
  state: 'clearing' | 'sweeping' | 'done';
  /** What it waits for, in words; null: it goes on. */
  waitsFor: string | null;
  /** Rows of logs that lost their words, and files that are gone. */
  events: number;
  blobs: number;
  doneAt: string | null;
}

/** Deletions of people's data on request. Logs keep their rows and hashes; signed events say what was taken (docs/adr/0127). */
export interface Erasures {
  /**
   * Ends all ways in, secrets, schedules and settings of a person at once, and has the rest taken away by a worker. Asked
   * twice is one. Null: nobody has this id. @throws {DeckhandError} `user.last_owner`
   */
  ask(userId: string, by: Person): Promise<ErasureFacts | null>;
  /** Null: it was not asked for. */
  of(userId: string): Promise<ErasureFacts | null>;
  /** Takes every open one as far as it goes now; begun again after a crash it goes on. Gives those that are done now. */
  goOn(): Promise<ErasureFacts[]>;
}
