import type { ScheduleCard } from '#core/schedules/card.ts';
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
  /** It only settles what was posted before: without that it is not posted. */
  late?: boolean;
}

/** Where the outside of a platform is reached. Small on purpose; what more a platform can do is a capability beside it. */
export interface ChatAdapter extends Partial<ShowsStatus>, Partial<SaysNotices>, Partial<ReachesPeople> {
  readonly platform: Platform;
  /** A checklist is edited at most this often, in milliseconds; none: as often as it changes. */
  readonly editEveryMs?: number;
  /** The posts that a document asks for now, in order. Pure. `now` decides when a checklist appears. */
  render(document: TurnDocument, now: Date): RenderedPost[];
  /**
   * Sends one post and gives the platform's id for it. `key` is the post's idempotency key. What is sent in several
   * steps calls `remember` with its id as soon as it has one.
   * @throws {DeckhandError} `platform.rate_limited` (retryable, `retryAfterMs`), `platform.refused` (never to be had
   *   here), `platform.unreachable` (retryable), `platform.unknown` (the outcome is not known: `findPost` settles it).
   */
  send(
    thread: ThreadRef,
    post: RenderedPost,
    key: string,
    remember: (platformId: string) => Promise<void>,
  ): Promise<string>;
  /** Replaces a post's content. @throws as `send`. */
  edit(thread: ThreadRef, platformId: string, post: RenderedPost): Promise<void>;
  /**
   * The platform's id of the post that carries this key, or null: settles an outcome that is not known. `remembered` is
   * what `send` had remembered.
   */
  findPost(thread: ThreadRef, key: string, remembered: string | null): Promise<string | null>;
}

/** Shows that a turn is seen and worked on, on the message itself or beside it; gone when the turn ends. */
export interface ShowsStatus {
  /** Never throws: a status is a courtesy. */
  showStatus(thread: ThreadRef, document: TurnDocument): void;
}

/** Says a line that belongs to no turn. */
export interface SaysNotices {
  /** `cards`: schedules that it is about, with what can be done to them; by buttons, or in words that do it. */
  renderNotice(text: string, cards?: ScheduleCard[]): RenderedPost;
}

/** Reaches one person outside the thread. */
export interface ReachesPeople {
  direct(workspace: string, accountId: string): ThreadRef;
  /** Markdown that names a thread for somebody who is elsewhere. Never throws. */
  linkTo(thread: ThreadRef): Promise<string>;
}
