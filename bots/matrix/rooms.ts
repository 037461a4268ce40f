import type { SayNotice } from '#bots/notices.ts';
import { welcomeText } from '#core/chat/welcome-text.ts';
import { DeckhandError } from '#core/errors.ts';
import type { Log } from '#core/log.ts';
import type { Homeserver } from './homeserver.ts';
import type { People } from './people.ts';
import { type InvitedRoom, type MatrixEvent, matrixThread, noThread, serverOf } from './types.ts';

export interface RoomsDeps {
  homeserver: Homeserver;
  people: People;
  say: SayNotice;
  log: Log;
  /** Null: nothing is set up to read encrypted rooms. */
  sealed: { fault(): string | null; keep(roomId: string, event: MatrixEvent): Promise<void> } | null;
}

/** Coming into rooms, going, and what is to be said about a room as a whole. */
export interface Rooms {
  invited(roomId: string, invitation: InvitedRoom): Promise<void>;
  /** A room's state changed in a way that concerns us, or a message came that we cannot read. */
  changed(roomId: string, event: MatrixEvent): Promise<void>;
  /** Says once that some messages of a long absence were not read. */
  cut(roomId: string, before: MatrixEvent | undefined): Promise<void>;
}

export function openRooms({ homeserver, people, say, log, sealed }: RoomsDeps): Rooms {
  const { userId } = homeserver;
  const server = serverOf(userId);
  const tell = (occasion: string, roomId: string, text: string) =>
    say({ key: `matrix/${occasion}/${roomId}`, thread: matrixThread(server, roomId, noThread), text });

  async function enter(roomId: string, via: string[], greeting: string): Promise<void> {
    try {
      await homeserver.join(roomId, via);
    } catch (error) {
      if (!(error instanceof DeckhandError) || error.code !== 'platform.refused') throw error;
      log.warn({ err: error, room: roomId }, 'a room could not be joined');
      return;
    }
    if (!reads() && (await homeserver.state(roomId, 'm.room.encryption'))) await cannotRead(roomId);
    else await tell('welcome', roomId, greeting);
  }

  /** Can encrypted rooms be read? */
  const reads = () => sealed !== null && sealed.fault() === null;

  /** What is said in an encrypted room in the clear anybody can read who is in it; it is nothing secret. */
  async function cannotRead(roomId: string): Promise<void> {
    // When keys are lost it is said in other words, and again.
    await tell(
      sealed ? 'keys-lost' : 'encrypted',
      roomId,
      'I cannot read this room: it is encrypted, and I do not have the keys. Messages here do not reach me. Invite me to a room without encryption; it cannot be turned off in a room that has it. (For administrators: docs/matrix.md, "Encrypted rooms".)',
    );
  }

  return {
    invited: async (roomId, { invite_state: state }) => {
      const inviter = state?.events?.find(
        ({ type, state_key: whom }) => type === 'm.room.member' && whom === userId,
      )?.sender;
      if (!inviter || !people.allows(inviter, roomId)) {
        log.info({ room: roomId, inviter }, 'an invitation was declined');
        await homeserver
          .leave(roomId, 'I only follow invitations of people whom my administrator allows.')
          .catch((error) => log.warn({ err: error, room: roomId }, 'an invitation could not be declined'));
        return;
      }
      await enter(roomId, [serverOf(inviter)], welcomeText);
    },

    changed: async (roomId, event) => {
      const { type, sender, content, state_key: key } = event;
      if (type === 'm.room.encrypted' && sealed && reads()) await sealed.keep(roomId, event);
      else if (type === 'm.room.encrypted' || (type === 'm.room.encryption' && key === '' && !reads())) {
        await cannotRead(roomId);
      }
      if (type === 'm.room.tombstone' && key === '' && typeof content.replacement_room === 'string') {
        const greeting =
          'I came along from the room before this one. Its threads stay there; mention me here to begin a new one.';
        await enter(content.replacement_room, [serverOf(sender)], greeting);
      }
      if (type === 'm.room.member') {
        people.changed(roomId);
        const left = content.membership === 'leave' || content.membership === 'ban';
        if (left && key !== userId && Object.keys(await homeserver.members(roomId)).length === 1) {
          await homeserver.leave(roomId, 'Everybody else has left.');
        }
      }
    },

    cut: async (roomId, before) => {
      if (!before) return;
      const text =
        'I was away for too long to read everything that was written here meanwhile. If you asked me something, please ask again.';
      await say({
        key: `matrix/cut/${roomId}/${before.event_id}`,
        thread: matrixThread(server, roomId, noThread),
        text,
      });
    },
  };
}
