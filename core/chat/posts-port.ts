import type { LogEvent } from '#core/events/types.ts';
import type { QueuePlace } from './document.ts';
import type { ThreadRef } from './thread-ref.ts';

/** What we know of one post. */
export interface PostFacts {
  turnId: string;
  slot: string;
  /** Idempotency key, also readable at the platform. */
  key: string;
  platformId: string | null;
  contentHash: string;
  /** `reserved`: perhaps sent, its outcome was never recorded. `refused`: the platform will never take it. */
  state: 'reserved' | 'sent' | 'in_doubt' | 'refused';
  /** When its content was last sent, ISO 8601. */
  editedAt: string;
}

/** A session whose thread one process brings up to date; nobody else does so meanwhile. */
export interface Showing {
  sessionId: string;
  thread: ThreadRef;
  /** The log's head when the showing began. */
  headSeq: number;
  /** All events of the turns that have something new to show, in order. */
  events: LogEvent[];
  posts: PostFacts[];
  /** Where those of these turns that are queued stand. */
  queue: ReadonlyMap<string, QueuePlace>;
}

export interface Posts {
  /** Sessions whose log is ahead of their thread and that nobody is showing. */
  due(limit: number): Promise<string[]>;
  /** Turns that run now: what they show changes by the clock although their log rests. */
  running(limit: number): Promise<{ sessionId: string; turnId: string }[]>;
  /**
   * Takes a session to show; null when another process has it or nothing is new. With `turnId` that turn is shown
   * although its log rests: its posts also depend on the clock.
   */
  begin(sessionId: string, by: string, turnId: string | null): Promise<Showing | null>;
  /** Keeps a post's place under a new key, before it is sent (I1). */
  reserve(sessionId: string, turnId: string, slot: string, contentHash: string): Promise<PostFacts>;
  /** The platform has it. */
  sent(sessionId: string, post: PostFacts, platformId: string): Promise<void>;
  /** The platform's id is known although the post is not sent yet: a file between upload and share. */
  remember(post: PostFacts, platformId: string): Promise<void>;
  edited(post: PostFacts, contentHash: string): Promise<void>;
  /** The platform says that it will never take it: not tried again. */
  refused(sessionId: string, post: PostFacts): Promise<void>;
  /** A showing is lent for 15 s. False: it was lost, somebody else may be showing by now. */
  renew(showing: Showing, by: string): Promise<boolean>;
  /** Ends a showing. `shown` is the head that the thread now shows; null when it could not be brought up to date. */
  end(showing: Showing, by: string, shown: number | null): Promise<void>;
}
