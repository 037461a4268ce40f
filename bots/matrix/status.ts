import type { TurnDocument } from '#core/chat/document.ts';
import type { ThreadRef } from '#core/chat/thread-ref.ts';
import type { Homeserver } from './homeserver.ts';

/** A typing notice goes by itself after this; a turn at work is shown again every few seconds. */
const typingMs = 20_000;
const againMs = 10_000;

/** Shows who is at work: "typing" in the room. It is for the whole room, so it ends with the last turn there. */
export function createStatus(homeserver: Pick<Homeserver, 'typing'>, now: () => number = Date.now) {
  const rooms = new Map<string, { turns: Set<string>; saidMs: number }>();

  return (thread: ThreadRef, { turnId, state }: TurnDocument): void => {
    const room = rooms.get(thread.channel) ?? { turns: new Set<string>(), saidMs: 0 };
    const before = room.turns.size;
    if (state === 'running') room.turns.add(turnId);
    else room.turns.delete(turnId);
    if (room.turns.size > 0) {
      rooms.set(thread.channel, room);
      if (now() - room.saidMs < againMs) return;
      room.saidMs = now();
      homeserver.typing(thread.channel, typingMs).catch(() => {});
    } else if (before > 0) {
      rooms.delete(thread.channel);
      homeserver.typing(thread.channel, 0).catch(() => {});
    }
  };
}
