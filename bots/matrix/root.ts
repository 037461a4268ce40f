import type { Homeserver } from './homeserver.ts';
import { relationOf } from './message.ts';
import type { MatrixEvent } from './types.ts';

const mostReplies = 5;

/** The message that a thread begins with: its root, or what a reply replies to. One that has a relation can be none. */
export async function rootOf(
  homeserver: Pick<Homeserver, 'event'>,
  roomId: string,
  event: MatrixEvent,
): Promise<string> {
  let current = event;
  for (let steps = 0; steps < mostReplies; steps += 1) {
    const relation = relationOf(current);
    const next = relation?.['m.in_reply_to']?.event_id;
    if (relation?.rel_type === 'm.thread' && relation.event_id) return relation.event_id;
    const replied: MatrixEvent | null = next ? await homeserver.event(roomId, next) : null;
    if (!replied) break;
    current = replied;
  }
  return current.event_id;
}
