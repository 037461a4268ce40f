import type { Person } from '#core/events/types.ts';

export interface FeedbackEntry {
  by: Person;
  /** Where it was given; null: outside of any session. */
  sessionId: string | null;
  text: string;
  /** ISO 8601. */
  at: string;
}

/** What people think of Deckhand, for administrators. */
export interface Feedback {
  /** Keeps it under the identity of the message that said it: said again, it is kept once. */
  add(entry: { message: string; userId: string; sessionId: string | null; text: string }): Promise<void>;
  /** Newest first. */
  list(limit: number): Promise<FeedbackEntry[]>;
}
