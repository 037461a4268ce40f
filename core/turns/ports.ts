import type { ThreadRef } from '#core/chat/thread-ref.ts';
import type { EventBodies, FileRef, Person, Quote } from '#core/events/types.ts';
import type { FinalState, TurnState } from './state.ts';

export interface TurnRequest {
  thread: ThreadRef;
  workspaceId: string;
  author: Person;
  /** The message's own identity (I2). */
  eventId: string;
  text: string;
  files: FileRef[];
  quoted?: Quote[];
  sentAt: string;
  /** May this message open a session, or only continue one? */
  opens: boolean;
  /** Turns this author may have waiting, over all sessions. */
  maxQueued: number;
  /** Turns that may wait in the thread, of everybody; left out: as many as come. */
  maxQueuedInThread?: number;
  /** Turns that may wait in the workspace. */
  maxQueuedInWorkspace?: number;
}

/** Whose queue is full. */
export type FullQueue = 'person' | 'thread' | 'workspace';

export type Submitted =
  | { kind: 'accepted' | 'duplicate'; sessionId: string; turnId: string; ahead: number }
  | { kind: 'no_session' }
  | { kind: 'queue_full'; of: FullQueue; waiting: number };

export interface TurnFacts {
  turnId: string;
  sessionId: string;
  seq: number;
  authorId: string;
  state: TurnState;
  text: string;
  stopRequested: boolean;
}

/** A turn in a list. */
export interface TurnSummary extends TurnFacts {
  authorName: string;
  errorCode: string | null;
  createdAt: string;
  startedAt: string | null;
  finishedAt: string | null;
}

/** What people and platforms do to turns. Every call is one transaction that also writes its event. */
export interface Turns {
  /** One transaction: session if need be, turn (unique on the message's identity), first event, ready. */
  submit(request: TurnRequest): Promise<Submitted>;
  /** Changes a queued turn's text. False when it is no longer queued. */
  edit(platform: string, eventId: string, text: string, by: string): Promise<boolean>;
  /** As `edit`, by the turn's own id. */
  editQueued(turnId: string, text: string, by: string): Promise<boolean>;
  /**
   * Gives a queued turn another place among those of its session, counted from 1. `past`: turns of others that it would
   * go before need this to be true. Null: it is no longer queued; `others`: it would go before somebody else's.
   */
  move(turnId: string, place: number, by: Person, past: boolean): Promise<'moved' | 'others' | null>;
  /** Cancels a queued turn. False when it is no longer queued. */
  cancelQueued(turnId: string, by: Person, reason: 'stopped' | 'deleted'): Promise<boolean>;
  /** Queued or waiting: cancelled at once. Running: its worker is told. Null when it has already ended. */
  stop(turnId: string, by: Person): Promise<'cancelled' | 'stopping' | null>;
  byId(turnId: string): Promise<TurnFacts | null>;
  byMessage(platform: string, eventId: string): Promise<TurnFacts | null>;
  /** The turn of a session that runs or waits, else the next queued one. */
  current(sessionId: string): Promise<TurnFacts | null>;
  /** Queued turns of a session, in the order in which they will run. */
  queued(sessionId: string, limit: number): Promise<TurnFacts[]>;
  /** Turns of a session, newest first; with `before`, those with a smaller seq. */
  list(sessionId: string, before: number | null, limit: number): Promise<TurnSummary[]>;
  /** The newest turn of a session. */
  latest(sessionId: string): Promise<TurnFacts | null>;
}

/** A worker's hold on a turn. Writes under it carry its epoch (I8). */
export interface Claim {
  turnId: string;
  sessionId: string;
  epoch: number;
  workerId: string;
}

/** What a worker holds for as long as its process lives. */
export interface Line {
  /** Lets go of it; what was claimed stays claimed. */
  close(): Promise<void>;
}

/** What workers do to turns. */
export interface Claims {
  register(workerId: string, host: string, slots: number): Promise<void>;
  /** By this the database knows at once that the worker's process is gone, however it ended. Only ever a head start. */
  holdLine(workerId: string): Line;
  /** A worker whose row was swept away is there again with its next beat. */
  beat(workerId: string, host: string, slots: number): Promise<void>;
  /** What the database says this worker holds: one whose claim's answer was lost does not know it. */
  held(workerId: string): Promise<Claim[]>;
  /** Gives up everything this worker holds, at a clean stop. True when other workers of its host go on. */
  leave(workerId: string): Promise<boolean>;
  /** The fairest runnable turn, or null. */
  claim(workerId: string): Promise<Claim | null>;
  /** Returns the turns of dead workers: silent for 6 s, or for 3 s with nobody on their line. Gives the sessions to ring for. */
  sweep(): Promise<string[]>;
  /** Gives a claimed turn back unfinished, for a worker that stops. @throws fenced */
  release(claim: Claim): Promise<void>;
  /**
   * The turn ends: state, its last events and the next turn's readiness in one transaction. True when another turn of
   * the session is ready. @throws {DeckhandError} `turn.fenced`
   */
  finish(claim: Claim, state: FinalState, finished: EventBodies['turn.finished']): Promise<boolean>;
  /** The turn waits; no worker holds it. If one of the approvals has been answered meanwhile it is ready at once. */
  wait(claim: Claim, approvalIds: string[]): Promise<boolean>;
  /** Has somebody asked to stop this turn, and is the claim still ours? */
  standing(claim: Claim): Promise<{ held: boolean; stopRequestedBy: Person | null }>;
}
