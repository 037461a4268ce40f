import type { EventPage, Homeserver } from './homeserver.ts';
import { keyField } from './types.ts';

/** The event of ours that carries this key, looked for among so many pages, newest first; null where there is none. */
export async function findOwn(
  { userId }: Pick<Homeserver, 'userId'>,
  key: string,
  mostPages: number,
  read: (from: string | null) => Promise<EventPage>,
): Promise<string | null> {
  let from: string | null = null;
  for (let page = 0; page < mostPages; page += 1) {
    const { events, next }: EventPage = await read(from);
    const found = events.find(({ sender, content }) => sender === userId && content[keyField] === key);
    if (found) return found.event_id;
    if (!next) return null;
    from = next;
  }
  return null;
}
