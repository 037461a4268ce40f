import type { Homeserver } from './homeserver.ts';
import { editField } from './types.ts';

/** Edits of one post: about a thousand of them broke a room once, so there are never more than sixty. */
export interface Edits {
  readonly everyMs: number;
  /** The number of the next edit, or null when it is left out: its time has not come, or all are used up. */
  place(roomId: string, eventId: string, urgent: boolean, tight: boolean): Promise<number | null>;
  made(eventId: string, count: number): void;
}

const everyMs = 10_000;
const most = 60;
/** Kept for what matters: waiting, the end. */
const reserve = 10;
const keptPosts = 1_000;

/** `now` in milliseconds. The count also stands in the edits themselves, so that it outlives this process. */
export function createEdits(homeserver: Pick<Homeserver, 'event'>, now: () => number = Date.now): Edits {
  const posts = new Map<string, { count: number; atMs: number }>();

  async function known(roomId: string, eventId: string) {
    const there = posts.get(eventId);
    if (there) return there;
    const event = await homeserver.event(roomId, eventId);
    const latest = event?.unsigned?.['m.relations']?.['m.replace'] as
      | { content?: Record<string, unknown> }
      | undefined;
    const read = { count: Number(latest?.content?.[editField] ?? 0), atMs: 0 };
    if (posts.size >= keptPosts) posts.delete(posts.keys().next().value ?? '');
    posts.set(eventId, read);
    return read;
  }

  return {
    everyMs,
    place: async (roomId, eventId, urgent, tight) => {
      const { count, atMs } = await known(roomId, eventId);
      if (count >= most) return null;
      if (urgent) return count + 1;
      // The longer it goes on, the rarer: ten seconds at first, 80 towards the end.
      const restMs = everyMs * 2 ** Math.floor(count / 15);
      return tight || count >= most - reserve || now() - atMs < restMs ? null : count + 1;
    },
    made: (eventId, count) => void posts.set(eventId, { count, atMs: now() }),
  };
}
