import type { ThreadRef } from '#core/chat/thread-ref.ts';
import type { Homeserver } from './homeserver.ts';

/** Rooms of two, for what one person alone is to hear. An address whose channel is an account leads there. */
export interface Direct {
  /** The room behind an address: itself, or the conversation with the account that it names. */
  roomOf(thread: ThreadRef): Promise<string>;
}

const listType = 'm.direct';

export function openDirect(homeserver: Homeserver): Direct {
  const rooms = new Map<string, Promise<string>>();

  /** Clients keep the list in the account's data ("Direct messaging", `m.direct`); so do we, for the next process. */
  async function find(userId: string): Promise<string> {
    const list = ((await homeserver.accountData(listType)) ?? {}) as Record<string, string[]>;
    for (const roomId of list[userId] ?? []) {
      const members = await homeserver.state(roomId, 'm.room.member', userId);
      if (members?.membership === 'join' || members?.membership === 'invite') return roomId;
    }
    const roomId = await homeserver.createRoom('Deckhand', userId);
    await homeserver.setAccountData(listType, { ...list, [userId]: [...(list[userId] ?? []), roomId] });
    return roomId;
  }

  return {
    roomOf: async ({ channel }) => {
      if (!channel.startsWith('@')) return channel;
      const known = rooms.get(channel) ?? find(channel);
      rooms.set(channel, known);
      known.catch(() => rooms.delete(channel));
      return known;
    },
  };
}
