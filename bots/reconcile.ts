import type { ChatAdapter, RenderedPost } from '#core/chat/adapter.ts';
import { foldDocuments } from '#core/chat/fold.ts';
import type { PostFacts, Posts, Showing } from '#core/chat/posts-port.ts';
import { fingerprint } from '#core/events/canonical.ts';

/**
 * Brings a thread up to date with its documents: what is missing is sent, what has changed is edited, the rest is
 * left. Each post is reserved under its key before it is sent, so that a crash never doubles it (I1).
 */
export async function reconcile(
  showing: Showing,
  adapter: ChatAdapter,
  posts: Posts,
  now: Date,
): Promise<void> {
  for (const document of foldDocuments(showing.events)) {
    const known = new Map(
      showing.posts.filter((post) => post.turnId === document.turnId).map((post) => [post.slot, post]),
    );
    for (const rendered of adapter.render(document, now)) {
      await bring(showing, document.turnId, rendered, known.get(rendered.slot), adapter, posts);
    }
  }
}

async function bring(
  showing: Showing,
  turnId: string,
  rendered: RenderedPost,
  known: PostFacts | undefined,
  adapter: ChatAdapter,
  posts: Posts,
): Promise<void> {
  const contentHash = fingerprint(rendered.payload);
  if (known?.state === 'sent' && known.platformId !== null) {
    if (!rendered.edits || known.contentHash === contentHash) return;
    await adapter.edit(showing.thread, known.platformId, rendered);
    await posts.edited(known, contentHash);
    return;
  }
  // A reserved post may have gone out before a crash: the platform is asked before it is sent again.
  const earlier = known ? await adapter.findPost(showing.thread, known.key) : null;
  const post = known ?? (await posts.reserve(showing.sessionId, turnId, rendered.slot, contentHash));
  const platformId = earlier ?? (await adapter.send(showing.thread, rendered, post.key));
  // What was sent before the crash may say less than is true now.
  if (earlier && rendered.edits) {
    await adapter.edit(showing.thread, earlier, rendered);
    await posts.edited(post, contentHash);
  }
  await posts.sent(showing.sessionId, post, platformId);
}
