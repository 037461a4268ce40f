import type { EgressEntry, EgressRow } from './egress-entry.ts';
import type { EventBodies } from './types.ts';

/** An entry with the turn it belongs to; null: no turn ran. */
export interface TurnEntry {
  turnId: string | null;
  entry: EgressEntry;
}

/** What is left out is not asked for. */
export interface EgressFilter {
  outcome?: EgressEntry['outcome'] | undefined;
  /** Of this host and of those below it: `example.com` finds `api.example.com` too. */
  host?: string | undefined;
  sessionId?: string | undefined;
  /** Name of a secret that was put on. */
  secret?: string | undefined;
  /** Only of sessions that this person may know of. */
  seenBy?: string | undefined;
  /** The last row of the page before. */
  before?: { at: string; sessionId: string; n: number } | undefined;
  limit: number;
}

/** Egress's log of what came to the doors; its heads are sealed into the sessions' logs. */
export interface EgressLog {
  append(sessionId: string, entries: readonly TurnEntry[]): Promise<void>;
  /** Writes the head, and what the turn's entries since the last seal come to, into the session's log; nothing if none. */
  seal(sessionId: string, turnId: string | null): Promise<void>;
  /** Sessions without a running turn whose last entries no seal covers: egress was away at their turn's end. */
  unsealed(limit: number): Promise<string[]>;
  /** Says in the session's log that somebody tried to get a secret out. */
  alarm(of: { sessionId: string; turnId: string }, body: EventBodies['egress.alarm']): Promise<void>;
  /** Rows with n > after, in order. */
  rows(sessionId: string, after: number, limit: number): Promise<EgressRow[]>;
  /** Over all sessions, newest first. */
  search(filter: EgressFilter): Promise<EgressRow[]>;
}
