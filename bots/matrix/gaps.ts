import type { Homeserver } from './homeserver.ts';
import type { JoinedRoom, MatrixEvent } from './types.ts';

/** A gap of more events is not read to its end: ten thousand. */
const mostPages = 100;

export interface Timeline {
  /** Oldest first. */
  events: MatrixEvent[];
  /** The gap was too long: what is older than the first event is not here. */
  cut: boolean;
}

/**
 * All that was said in a room since the last sync. An answer holds few events of a room (`limited`): what is missing is
 * read backwards from `prev_batch` to where we were ("Syncing", client-server API). What was said before we came in is
 * none of our business.
 */
export async function timelineOf(
  homeserver: Pick<Homeserver, 'userId' | 'back'>,
  roomId: string,
  { timeline }: JoinedRoom,
  since: string,
): Promise<Timeline> {
  let events = timeline?.events ?? [];
  let from = timeline?.limited ? (timeline.prev_batch ?? null) : null;
  for (let page = 0; from !== null && !events.some(isEntry); page += 1) {
    if (page === mostPages) return { events, cut: true };
    const older = await homeserver.back(roomId, from, since);
    events = [...older.events.reverse(), ...events];
    from = older.events.length > 0 ? older.next : null;
  }
  return { events: events.slice(events.findLastIndex(isEntry) + 1), cut: false };

  /** The moment we came in; a changed name of ours is none. */
  function isEntry({ type, state_key, content, unsigned }: MatrixEvent): boolean {
    return (
      type === 'm.room.member' &&
      state_key === homeserver.userId &&
      content.membership === 'join' &&
      unsigned?.prev_content?.membership !== 'join'
    );
  }
}
