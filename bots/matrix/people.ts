import type { InboundMessage } from '#core/chat/inbound.ts';
import type { Homeserver } from './homeserver.ts';
import { serverOf } from './types.ts';

/** Who writes in the rooms, as far as we need to know. */
export interface People {
  author(roomId: string, userId: string): Promise<InboundMessage['author']>;
  /** Is this a conversation of two, one of them us? */
  isDirect(roomId: string): Promise<boolean>;
  /** Somebody came, went, or changed their name. */
  changed(roomId: string): void;
  /** May this account use us in this room, or invite us to it? */
  allows(userId: string, roomId: string): boolean;
}

const keptRooms = 1_000;

interface Room {
  names: Map<string, string>;
  members: Promise<number> | null;
}

/** `allowed`: servers (`example.org`), accounts (`@ana:example.org`), rooms (`!id:example.org`), or `*`. */
export function openPeople(
  homeserver: Pick<Homeserver, 'members' | 'name' | 'userId'>,
  allowed: readonly string[],
): People {
  const rooms = new Map<string, Room>();
  const roomOf = (roomId: string): Room => {
    const room = rooms.get(roomId) ?? { names: new Map(), members: null };
    if (rooms.size >= keptRooms) rooms.delete(rooms.keys().next().value ?? '');
    rooms.set(roomId, room);
    return room;
  };
  const allows = (userId: string, roomId: string): boolean =>
    ['*', userId, serverOf(userId), roomId].some((entry) => allowed.includes(entry));

  return {
    allows,
    author: async (roomId, userId) => {
      const { names } = roomOf(roomId);
      const name = names.get(userId) ?? (await homeserver.name(roomId, userId));
      names.set(userId, name);
      return { accountId: userId, name, standing: allows(userId, roomId) ? 'member' : 'stranger' };
    },
    isDirect: async (roomId) => {
      const room = roomOf(roomId);
      room.members ??= homeserver.members(roomId).then((members) => Object.keys(members).length);
      room.members.catch(() => {
        room.members = null;
      });
      return (await room.members) <= 2;
    },
    changed: (roomId) => void rooms.delete(roomId),
  };
}
