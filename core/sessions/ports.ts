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
  /** When a person put it away; null: it is in the lists. */
  archivedAt: string | null;
  /** The most urgent state among its turns, for lists. */
  state: 'idle' | 'queued' | 'running' | 'waiting';
}

/** What is left out is not asked for. */
export interface SessionFilter {
  platform?: Platform | undefined;
  state?: SessionFacts['state'] | undefined;
  ownerId?: string | undefined;
  template?: string | undefined;
  archived?: boolean | undefined;
  /** Words of the title, in any case. */
  search?: string | undefined;
  /** Only those that this person may know of (core/identity/visibility.ts). */
  seenBy?: string | undefined;
  /** An `updatedAt` of an earlier page. */
  before?: string | undefined;
  /** With `before`: the last session of that page; those of the same moment come behind it. */
  beforeId?: string | undefined;
  limit: number;
}

export interface Sessions {
  byId(sessionId: string): Promise<SessionFacts | null>;
  byThread(thread: ThreadRef): Promise<SessionFacts | null>;
  /** Newest activity first. */
  list(filter: SessionFilter): Promise<SessionFacts[]>;
  /** A session before its first message: its thread's next turns are given this template. Safe to repeat. */
  open(session: {
    thread: ThreadRef;
    workspaceId: string;
    ownerId: string;
    title: string;
    template: string;
  }): Promise<string>;
  /** Gives it a title, puts it away or takes it out again; what is left out stays. */
  set(sessionId: string, changes: { title?: string; archived?: boolean }): Promise<void>;
  /** Which of these sessions exist, but for those whose only person was erased and that nobody has used since. */
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
