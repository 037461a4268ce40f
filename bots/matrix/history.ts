import type { ThreadRef } from '#core/chat/thread-ref.ts';
import type { Quote } from '#core/events/types.ts';
import type { Homeserver } from './homeserver.ts';
import { messageIn, requestIn } from './message.ts';
import type { People } from './people.ts';
import type { MatrixEvent } from './types.ts';

const mostMessages = 30;
const mostCharacters = 12_000;

/** What was said in a thread before the message that opens a session there, oldest first, for the agent to read. */
export function threadHistory(homeserver: Homeserver, people: People) {
  return async ({ channel, thread }: ThreadRef, before: MatrixEvent): Promise<Quote[]> => {
    const root = await homeserver.event(channel, thread);
    const { events } = await homeserver.thread(channel, thread, null);
    const earlier = events
      .filter(
        ({ event_id: id, origin_server_ts: at }) => id !== before.event_id && at <= before.origin_server_ts,
      )
      .slice(0, mostMessages)
      .reverse();
    const quotes: Quote[] = [];
    for (const event of [...(root ? [root] : []), ...earlier]) {
      const message =
        event.type === 'm.room.message' && event.sender !== homeserver.userId && messageIn(event);
      if (!message) continue;
      const { name } = await people.author(channel, event.sender);
      const isReply = message['m.relates_to']?.['m.in_reply_to'] !== undefined;
      quotes.push({ name, text: requestIn(message.body, isReply, { userId: homeserver.userId, name: '' }) });
    }
    // The newest matter most: what no longer fits is left out from there on.
    let room = mostCharacters;
    const first = quotes.findLastIndex(({ text }) => {
      room -= text.length;
      return room < 0;
    });
    return quotes.slice(first + 1);
  };
}
