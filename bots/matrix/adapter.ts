import type { ChatAdapter, RenderedPost } from '#core/chat/adapter.ts';
import type { OpensThreads } from '#core/chat/capabilities.ts';
import type { ThreadRef } from '#core/chat/thread-ref.ts';
import { fingerprint } from '#core/events/canonical.ts';
import type { Blobs } from '#core/files/ports.ts';
import { choices } from './card.ts';
import { openDirect } from './direct.ts';
import { createEdits } from './edits.ts';
import { findOwn } from './find-own.ts';
import type { Homeserver } from './homeserver.ts';
import { escaped } from './html.ts';
import type { Limits } from './limits.ts';
import { threadOpener } from './open-thread.ts';
import { renderMatrix, renderNotice } from './render.ts';
import { createStatus } from './status.ts';
import {
  cardField,
  contentOf,
  editField,
  keyField,
  type MatrixFile,
  type MatrixMessage,
  matrixThread,
  noThread,
  placeOf,
} from './types.ts';

export interface MatrixAdapterDeps {
  homeserver: Homeserver;
  blobs: Blobs;
  limits: Limits;
}

/** What people wait for may wait so long for the homeserver's permission; a courtesy not at all. */
const patienceMs = { post: 20_000, reaction: 60_000 };
/** A post that may have gone out is looked for among so many pages of its thread, newest first. */
const mostPages = 10;

/**
 * Matrix as a chat platform. A post's key is its transaction id, on a path that never changes, so that the homeserver
 * itself knows a repetition; since it forgets the id after a day, the key also stands in the content (`findPost`).
 */
export function matrixAdapter({ homeserver, blobs, limits }: MatrixAdapterDeps): ChatAdapter & OpensThreads {
  const edits = createEdits(homeserver);
  const showStatus = createStatus(homeserver);
  const { roomOf } = openDirect(homeserver);

  return {
    platform: 'matrix',
    editEveryMs: edits.everyMs,
    render: renderMatrix,
    renderNotice,
    showStatus,
    openThread: threadOpener(homeserver, limits, roomOf),
    direct: (server, accountId) => matrixThread(server, accountId, noThread),
    linkTo: async ({ channel, thread }) => {
      const place = [channel, thread].filter((part) => part !== noThread).map(encodeURIComponent);
      return `[this thread](https://matrix.to/#/${place.join('/')})`;
    },

    async send(thread, post, key) {
      const roomId = await roomOf(thread);
      const payload = contentOf(post);
      const content =
        payload.type === 'file' ? await fileContent(roomId, payload) : await ours(post, payload);
      const whole = { ...content, ...relationTo(thread), [keyField]: key };
      const id = await limits.run(roomId, patienceMs.post, () =>
        homeserver.send(roomId, 'm.room.message', key, whole),
      );
      if (payload.type === 'message' && payload.card?.open) offerChoices(thread, id, key);
      return id;
    },

    async edit(thread, platformId, post) {
      const payload = contentOf(post);
      if (payload.type === 'file') return;
      const count = await edits.place(thread.channel, platformId, payload.urgent, limits.tight());
      if (count === null) return;
      const fresh = await ours(post, { ...payload, calls: null });
      const content = {
        ...fresh,
        body: `* ${fresh.body}`,
        'm.new_content': fresh,
        'm.relates_to': { rel_type: 'm.replace', event_id: platformId },
        [editField]: count,
      };
      // The same edit again is the same transaction.
      const transaction = fingerprint({ platformId, count, fresh }).slice(0, 32);
      await limits.run(thread.channel, payload.urgent ? patienceMs.post : 0, () =>
        homeserver.send(thread.channel, 'm.room.message', transaction, content),
      );
      edits.made(platformId, count);
      if (payload.card?.open) offerChoices(thread, platformId, platformId.slice(1));
    },

    async findPost(thread, key) {
      const roomId = await roomOf(thread);
      return findOwn(homeserver, key, mostPages, (from) =>
        thread.thread === noThread
          ? homeserver.back(roomId, from, null)
          : homeserver.thread(roomId, thread.thread, from),
      );
    },
  };

  /** A message with its mentions named: without the field, old rules of clients would look for names in the text. */
  async function ours(post: RenderedPost, { content, calls, card }: MatrixMessage) {
    const called = calls ? await authorOf(calls) : null;
    const named = called && post.kind === 'answer' ? withPill(content, called) : content;
    return {
      ...named,
      'm.mentions': called ? { user_ids: [called] } : {},
      ...(card ? { [cardField]: { id: card.approvalId, revision: card.revision } } : {}),
    };
  }

  async function authorOf(identity: string): Promise<string | null> {
    const place = placeOf(identity);
    return place ? ((await homeserver.event(place.roomId, place.eventId))?.sender ?? null) : null;
  }

  async function fileContent(roomId: string, { name, mediaType, source }: MatrixFile) {
    const bytes = 'text' in source ? Buffer.from(source.text) : await blobs.get(source.blob);
    const place = await limits.run('uploads', patienceMs.post, () =>
      homeserver.upload(roomId, name, mediaType, bytes),
    );
    const msgtype = mediaType.startsWith('image/') ? 'm.image' : 'm.file';
    const info = { mimetype: mediaType, size: bytes.length };
    return { msgtype, body: name, filename: name, ...place, info, 'm.mentions': {} };
  }

  /** The answers to press. A card without them still says that a reply in words answers it, so nobody waits for them. */
  function offerChoices(thread: ThreadRef, eventId: string, key: string): void {
    for (const [name, choice] of Object.entries(choices)) {
      const relation = { rel_type: 'm.annotation', event_id: eventId, key: choice };
      const sent = limits.run(thread.channel, patienceMs.reaction, () =>
        homeserver.send(thread.channel, 'm.reaction', `${key}-${name}`, { 'm.relates_to': relation }),
      );
      sent.catch(() => {});
    }
  }
}

function withPill(content: MatrixMessage['content'], userId: string): MatrixMessage['content'] {
  const pill = `<a href="https://matrix.to/#/${encodeURIComponent(userId)}">${escaped(userId)}</a>`;
  return {
    ...content,
    body: `${userId}: ${content.body}`,
    formatted_body: `${pill}: ${content.formatted_body ?? escaped(content.body)}`,
  };
}

/** Clients without threads show it as a reply to the root ("Fallback for unthreaded clients"). */
function relationTo({ thread }: ThreadRef) {
  if (thread === noThread) return {};
  const relation = {
    rel_type: 'm.thread',
    event_id: thread,
    is_falling_back: true,
    'm.in_reply_to': { event_id: thread },
  };
  return { 'm.relates_to': relation };
}
