/**
 * The console's own side of its threads: what Slack's servers are to Slack. What a message shows (`Content`, plain
 * JSON) is the console adapter's business, so it passes through here unseen.
 */
export interface ConsoleStore<Content> {
  /** Adds a message; the same key gives the message that is there. */
  post(message: NewStoredMessage<Content>): Promise<StoredMessage<Content>>;
  /** Replaces what a message shows. Null when there is none of this id. */
  edit(messageId: string, content: Content): Promise<StoredMessage<Content> | null>;
  /** In this thread; with null, wherever it is. */
  findByKey(threadId: string | null, key: string): Promise<StoredMessage<Content> | null>;
  /** Messages posted or edited after `change`, in the order of their changes. */
  changedAfter(threadId: string, change: number, limit: number): Promise<StoredMessage<Content>[]>;
  /** The newest `limit` messages before place `beforeSeq`, oldest first. */
  list(threadId: string, limit: number, beforeSeq?: number): Promise<StoredMessage<Content>[]>;
  /**
   * People's messages from before `olderThan` that were never edited, oldest first. A person's message is edited once,
   * to note what became of it: these are the ones that a process kept and did not live to hand in (I1).
   */
  undelivered(olderThan: Date, limit: number): Promise<StoredMessage<Content>[]>;
}

export interface NewStoredMessage<Content> {
  threadId: string;
  /** A person's user id, or null for Deckhand. */
  authorId: string | null;
  /** Idempotency key, unique over all threads. */
  key: string;
  content: Content;
}

export interface StoredMessage<Content> {
  messageId: string;
  threadId: string;
  /** Place in the thread. */
  seq: number;
  /** Rises with every post and edit of the thread in the order of commits: who has seen `n` misses nothing below it. */
  change: number;
  authorId: string | null;
  content: Content;
  /** ISO 8601. */
  createdAt: string;
  editedAt: string | null;
}
