import type { SayNotice } from '#bots/notices.ts';
import type { UnreadMessage, UnreadMessages } from '#core/chat/unread-port.ts';
import { relationOf } from '../message.ts';
import { type MatrixEvent, matrixThread, serverOf } from '../types.ts';
import type { EncryptedHomeserver } from './encrypted-homeserver.ts';

export interface UnreadDeps {
  unread: UnreadMessages;
  homeserver: Pick<EncryptedHomeserver, 'userId' | 'clear'>;
  say: SayNotice;
  takeEvent(roomId: string, event: MatrixEvent): Promise<void>;
}

/** Encrypted messages that have come before the keys to them. */
export interface Unread {
  keep(roomId: string, event: MatrixEvent): Promise<void>;
  /** Takes those whose keys have come; says of others, after a while, that they could not be read. */
  tryAgain(): Promise<void>;
}

/** A key comes with the message or a moment later; a sender who is away sends it when they are back. */
const tellAfterMs = 60_000;
const dropAfterMs = 7 * 24 * 3_600_000;
const most = 200;

export function openUnread({ unread, homeserver, say, takeEvent }: UnreadDeps): Unread {
  const of = { platform: 'matrix', account: homeserver.userId } as const;
  const server = serverOf(homeserver.userId);

  /** Once for all messages under one key: whoever has not given it hears of it once. */
  async function tell(roomId: string, event: MatrixEvent): Promise<void> {
    const session = String(event.content.session_id ?? event.event_id);
    const relation = relationOf(event);
    const root = relation?.rel_type === 'm.thread' ? relation.event_id : undefined;
    await say({
      key: `matrix/unread/${roomId}/${session}`,
      thread: matrixThread(server, roomId, root ?? event.event_id),
      text: 'I cannot read this message: your client has not given me the key to it. If it was for me, write it again; if that does not help, leave and enter the room, or send it where messages are not encrypted.',
    });
  }

  async function look({ channel, message, event: text, waitsMs, told }: UnreadMessage): Promise<void> {
    const event = JSON.parse(text) as MatrixEvent;
    const read = await homeserver.clear(channel, event);
    if (read.type !== event.type) {
      // It is as old as it is: what the homeserver said of its age was then.
      const age = (event.unsigned?.age ?? 0) + waitsMs;
      await takeEvent(channel, { ...read, unsigned: { ...read.unsigned, age } });
      return unread.drop(of, channel, message);
    }
    if (waitsMs > dropAfterMs) return unread.drop(of, channel, message);
    if (waitsMs < tellAfterMs || told) return;
    await tell(channel, event);
    await unread.told(of, channel, message);
  }

  return {
    keep: async (roomId, event) => {
      // A deleted message is empty.
      if (typeof event.content.ciphertext !== 'string') return;
      await unread.keep(of, { channel: roomId, message: event.event_id, event: JSON.stringify(event) });
    },
    tryAgain: async () => {
      for (const message of await unread.list(of, most)) await look(message);
    },
  };
}
