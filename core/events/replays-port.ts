import type { Person } from './types.ts';

/** What going through a session's log again came to. */
export interface ReplayResult {
  /** `nothing`: no turn could be compared. `failed`: the replay itself could not be done. */
  verdict: 'identical' | 'diverged' | 'nothing' | 'failed';
  /** Turns that came to the same. */
  identical: number;
  /** Turns of another version or setting, which were not gone through. */
  otherHarness: number;
  /** Where the log and the harness part ways; `key` is an effect's, or `turn` for a turn's end. */
  divergence: { turnId: string; key: string; recorded: string; found: string } | null;
  /** Why it failed, or that turns were erased, in words for people. */
  message: string | null;
}

/** The newest replay of a session that somebody asked for. */
export interface ReplayFacts {
  replayId: string;
  state: 'asked' | 'running' | 'settled';
  askedBy: Person;
  /** ISO 8601. */
  askedAt: string;
  settledAt: string | null;
  result: ReplayResult | null;
}

/** A replay that a worker has taken. */
export interface TakenReplay {
  replayId: string;
  sessionId: string;
}

/** Replays that are asked for where no harness is, and settled where one is. */
export interface Replays {
  /** Asks for one; while one is open that one is given. */
  ask(sessionId: string, userId: string): Promise<ReplayFacts>;
  /** The newest; null: none was asked for. */
  of(sessionId: string): Promise<ReplayFacts | null>;
  /** Takes the oldest that waits, or whose worker has not settled it within `giveUpMs`; null: none. */
  take(workerId: string, giveUpMs: number): Promise<TakenReplay | null>;
  /** Writes the result down; false when another worker has taken it over. */
  settle(taken: TakenReplay, workerId: string, result: ReplayResult): Promise<boolean>;
}
