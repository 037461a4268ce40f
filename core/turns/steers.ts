import type { FileRef, Person } from '#core/events/types.ts';
import type { Claim } from './ports.ts';

/** A message that reaches a running turn as its author's own words. */
export interface SteeredMessage {
  /** The queued turn that it was. */
  turnId: string;
  by: Person;
  text: string;
  files: FileRef[];
}

/** What asking for it has come to. */
export interface Steering {
  sessionId: string;
  /** The turn that will be told. */
  into: string;
  /** That turn waits for an answer, and is told after it. */
  waits: boolean;
}

/**
 * Words for a turn that runs. A message is queued first, as every message is; its author may then have it told to their
 * own running turn. It is consumed by that turn once, or, should the turn end first, keeps its place in the queue.
 */
export interface Steers {
  /**
   * Wants a queued turn told to the one that runs in its session. Asking again changes nothing.
   * @throws {DeckhandError} `steer.unknown`, `steer.too_late` (it has begun or ended itself), `steer.nothing_runs`, `steer.not_yours`
   */
  ask(turnId: string, by: Person): Promise<Steering>;
  /** The turn that runs or waits in a session, and whose it is; null when none does. */
  running(sessionId: string): Promise<{ turnId: string; author: Person } | null>;
  /** Does anything wait to be told to this turn? */
  waiting(turnId: string): Promise<boolean>;
  /**
   * Consumes what waits to be told to the claimed turn, for its effect `key`; for the same key again it gives the same.
   * At most 20 messages, in the order sent. @throws {DeckhandError} `turn.fenced`
   */
  take(claim: Claim, key: string): Promise<SteeredMessage[]>;
}
