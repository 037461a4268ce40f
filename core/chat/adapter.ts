import type { TurnDocument } from './document.ts';
import type { Platform, ThreadRef } from './thread-ref.ts';

/** THREAD.md's three kinds, and the cards: how a platform shows a post, and whether people hear of it. */
export type PostKind = 'checklist' | 'answer' | 'approval' | 'notice';

/** One post as a platform will show it. `payload` is the platform's own form, opaque to everybody else. */
export interface RenderedPost {
  /** Place within the turn, e.g. `answer:0`, `approval:apr_…`. */
  slot: string;
  kind: PostKind;
  payload: unknown;
  /** May it be edited when the payload changes? An answer never is: edits notify nobody. */
  edits: boolean;
}

/** Where the outside of a platform is reached. Small on purpose; what more a platform can do is a capability beside it. */
export interface ChatAdapter {
  readonly platform: Platform;
  /** The posts that a document asks for now, in order. Pure. `now` decides when a checklist appears. */
  render(document: TurnDocument, now: Date): RenderedPost[];
  /**
   * Sends one post and gives the platform's id for it. `key` is the post's idempotency key.
   * @throws {DeckhandError} `platform.rate_limited` (retryable, `retryAfterMs`), `platform.refused`, `platform.unknown`
   *   (the outcome is not known: it is settled by `findPost`).
   */
  send(thread: ThreadRef, post: RenderedPost, key: string): Promise<string>;
  /** Replaces a post's content. @throws as `send`. */
  edit(thread: ThreadRef, platformId: string, post: RenderedPost): Promise<void>;
  /** The platform's id of the post that carries this key, or null: settles an outcome that is not known. */
  findPost(thread: ThreadRef, key: string): Promise<string | null>;
}
