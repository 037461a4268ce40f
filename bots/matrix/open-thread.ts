import { sharing } from '#bots/sharing.ts';
import type { OpensThreads } from '#core/chat/capabilities.ts';
import type { ThreadRef } from '#core/chat/thread-ref.ts';
import { sha256 } from '#core/events/canonical.ts';
import { findOwn } from './find-own.ts';
import type { Homeserver } from './homeserver.ts';
import type { Limits } from './limits.ts';
import { renderNotice } from './render.ts';
import { contentOf, keyField, matrixThread } from './types.ts';

/** The homeserver asks for patience; whoever waits longer than this tries again later. */
const patienceMs = 20_000;
/** What was sent before a crash is known to the homeserver for a day; later it is looked for in so many pages. */
const mostPages = 3;

/** Begins a thread with a message of our own, in the room where `beside` is. The message carries the key. */
export function threadOpener(
  homeserver: Homeserver,
  limits: Limits,
  roomOf: (thread: ThreadRef) => Promise<string>,
): OpensThreads['openThread'] {
  const once = sharing<ThreadRef>();

  const find = (roomId: string, key: string) =>
    findOwn(homeserver, key, mostPages, (from) => homeserver.back(roomId, from, null));

  async function post(roomId: string, opening: string, key: string): Promise<string> {
    const payload = contentOf(renderNotice(opening));
    if (payload.type === 'file') throw new Error('an opening line is a message');
    const content = { ...payload.content, 'm.mentions': {}, [keyField]: key };
    // The key as a transaction: the homeserver itself knows a repetition.
    const transaction = sha256(key).slice(0, 32);
    return limits.run(roomId, patienceMs, () =>
      homeserver.send(roomId, 'm.room.message', transaction, content),
    );
  }

  return (beside, opening, key, first = false) =>
    once(key, async () => {
      const roomId = await roomOf(beside);
      const there = first ? null : await find(roomId, key);
      return matrixThread(beside.workspace, roomId, there ?? (await post(roomId, opening, key)));
    });
}
