import type { ChatAdapter, RenderedPost } from '#core/chat/adapter.ts';
import type { TurnDocument } from '#core/chat/document.ts';
import { foldDocuments } from '#core/chat/fold.ts';
import type { PostFacts, Posts, Showing } from '#core/chat/posts-port.ts';
import { DeckhandError } from '#core/errors.ts';
import { fingerprint } from '#core/events/canonical.ts';
import { isFinal } from '#core/turns/state.ts';

/** What came of bringing a thread up to date. */
export interface Reconciled {
  documents: TurnDocument[];
  /** What did not work out now and is to be tried again. */
  failures: unknown[];
  /** Posts that the platform will never take. */
  refused: Refusal[];
}

export interface Refusal {
  document: TurnDocument;
  post: RenderedPost;
  reason: unknown;
}

interface Bringing {
  showing: Showing;
  adapter: ChatAdapter;
  posts: Posts;
  now: Date;
  /** Throws when another process may be showing this thread by now. */
  held: () => Promise<void>;
}

/** For so long after a turn's end, later answers of its thread wait below its own, when that is not taken. */
const inOrderMs = 120_000;

/**
 * Brings a thread up to date with its documents: what is missing is sent, what has changed is edited, the rest is
 * left. Each post is reserved under its key before it is sent, so that a crash never doubles it (I1). An answer that
 * is not taken now keeps back what must stand below it: the rest of it and, for a while, later turns' answers.
 */
export async function reconcile(bringing: Bringing): Promise<Reconciled> {
  const { showing, adapter, now } = bringing;
  const documents = foldDocuments(showing.events).map((one) => placed(one, showing));
  const result: Reconciled = { documents, failures: [], refused: [] };
  let answersWait = false;
  for (const document of result.documents) {
    const known = new Map(
      showing.posts.filter((post) => post.turnId === document.turnId).map((post) => [post.slot, post]),
    );
    let answerFailed: boolean = answersWait;
    for (const post of adapter.render(document, now)) {
      if (post.kind === 'answer' && answerFailed) continue;
      try {
        await bring(bringing, document, post, known.get(post.slot));
      } catch (reason) {
        if (isRefused(reason)) result.refused.push({ document, post, reason });
        else {
          result.failures.push(reason);
          answerFailed ||= post.kind === 'answer';
        }
      }
    }
    answersWait ||= answerFailed && inOrder(document, now);
  }
  return result;
}

function inOrder({ finishedAt }: TurnDocument, now: Date): boolean {
  return finishedAt !== null && now.getTime() - Date.parse(finishedAt) < inOrderMs;
}

function placed(document: TurnDocument, { queue }: Showing): TurnDocument {
  const place = queue.get(document.turnId);
  return document.state === 'queued' && place ? { ...document, queue: place } : document;
}

async function bring(
  bringing: Bringing,
  document: TurnDocument,
  rendered: RenderedPost,
  known: PostFacts | undefined,
): Promise<void> {
  const { showing, adapter, posts, held } = bringing;
  if (known?.state === 'refused' || (!known && rendered.late)) return;
  const contentHash = fingerprint(rendered.payload);
  if (known?.state === 'sent' && known.platformId !== null) {
    if (!rendered.edits || known.contentHash === contentHash) return;
    if (tooSoon(bringing, document, rendered, known)) return;
    await held();
    try {
      await adapter.edit(showing.thread, known.platformId, rendered);
    } catch (error) {
      // What people have removed, or what can no longer be edited, is not edited again.
      if (isRefused(error)) await posts.edited(known, contentHash);
      throw error;
    }
    await posts.edited(known, contentHash);
    return;
  }
  await held();
  // A reserved post may have gone out before a crash: the platform is asked before it is sent again.
  const earlier = known ? await adapter.findPost(showing.thread, known.key, known.platformId) : null;
  const post = known ?? (await posts.reserve(showing.sessionId, document.turnId, rendered.slot, contentHash));
  const platformId = earlier ?? (await sendOnce(bringing, rendered, post));
  await posts.sent(showing.sessionId, post, platformId);
  // What was sent before the crash may say less than is true now.
  if (earlier && rendered.edits) {
    await adapter.edit(showing.thread, earlier, rendered);
    await posts.edited(post, contentHash);
  }
}

async function sendOnce({ showing, adapter, posts }: Bringing, rendered: RenderedPost, post: PostFacts) {
  try {
    return await adapter.send(showing.thread, rendered, post.key, (id) => posts.remember(post, id));
  } catch (error) {
    if (isRefused(error)) await posts.refused(showing.sessionId, post);
    throw error;
  }
}

/** A checklist of a turn at work is edited no more often than the platform bears; the next tick brings it. */
function tooSoon(
  { adapter, now }: Bringing,
  document: TurnDocument,
  rendered: RenderedPost,
  known: PostFacts,
): boolean {
  if (rendered.kind !== 'checklist' || !adapter.editEveryMs || isFinal(document.state)) return false;
  return now.getTime() - Date.parse(known.editedAt) < adapter.editEveryMs;
}

function isRefused(error: unknown): boolean {
  return error instanceof DeckhandError && error.code === 'platform.refused';
}
