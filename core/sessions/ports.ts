import type { Platform, ThreadRef } from '#core/chat/thread-ref.ts';
import type { LogRow } from '#core/events/log-row.ts';
import type { LogEvent } from '#core/events/types.ts';

export interface SessionFacts {
  sessionId: string;
  workspaceId: string;
  thread: ThreadRef;
  title: string;
  ownerId: string;
  template: string;
  headSeq: number;
  headHash: string;
  createdAt: string;
  updatedAt: string;
  /** The most urgent state among its turns, for lists. */
  state: 'idle' | 'queued' | 'running' | 'waiting';
}

export interface Sessions {
  byId(sessionId: string): Promise<SessionFacts | null>;
  byThread(thread: ThreadRef): Promise<SessionFacts | null>;
  /** Newest activity first. `before` is an `updatedAt` of an earlier page. */
  list(filter: { platform?: Platform; before?: string; limit: number }): Promise<SessionFacts[]>;
  /** Which of these sessions exist. */
  known(sessionIds: string[]): Promise<Set<string>>;
  /** Rows of the log as they stand, with seq > after, in order: for export and verification. */
  rows(sessionId: string, after: number, limit: number): Promise<LogRow[]>;
  /** Events with seq > after, in order. */
  events(sessionId: string, after: number, limit: number): Promise<LogEvent[]>;
  /** All events of the last `turns` turns, in order; with `beforeTurn`, of those before that turn. */
  recentEvents(sessionId: string, turns: number, beforeTurn?: string): Promise<LogEvent[]>;
  turnEvents(turnId: string): Promise<LogEvent[]>;
  /**
   * What people and the agent said in the turns before this one, in order, from the newest summary on: messages, edits,
   * files and ends of the turns that it does not cover, and its receipt.
   */
  said(sessionId: string, beforeTurn: string): Promise<LogEvent[]>;
  /** What the thread's next turns are given. */
  setTemplate(sessionId: string, template: string): Promise<void>;
}
