import { platformErrors } from '#core/chat/platform-errors.ts';
import type { Homeserver } from '../homeserver.ts';
import { editField, keyField, type MatrixEvent } from '../types.ts';
import { sealFile } from './attachments.ts';
import { type Crypto, type EncryptedRoom, encryptedRoom } from './port.ts';

/** A homeserver as an account sees it that can read and write encrypted rooms. */
export interface EncryptedHomeserver extends Homeserver {
  /** The event as it was written; itself when it is not encrypted or cannot be read (yet). */
  clear(roomId: string, event: MatrixEvent): Promise<MatrixEvent>;
}

const keptRooms = 10_000;
/** Only these are encrypted: reactions and redactions are for the homeserver to understand. */
const sealedType = 'm.room.message';
/** They stand beside what is encrypted, so that they can be found without its keys. */
const besides = ['m.relates_to', keyField, editField];

/**
 * Puts encryption between us and a homeserver: what comes is given as it was written, what goes into an encrypted room is
 * encrypted. A room stays encrypted for ever, whatever the homeserver says later.
 */
export function encryptedHomeserver(inner: Homeserver, crypto: Crypto): EncryptedHomeserver {
  const rooms = new Map<string, EncryptedRoom>();

  /** Null: it is not encrypted. That may change at any time, so that it is asked again. */
  async function encryptionOf(roomId: string): Promise<EncryptedRoom | null> {
    const known = rooms.get(roomId);
    if (known) return known;
    const state = await inner.state(roomId, 'm.room.encryption');
    if (!state) return null;
    const room = encryptedRoom.safeParse(state).data ?? { algorithm: 'an unknown algorithm' };
    if (rooms.size >= keptRooms) rooms.clear();
    rooms.set(roomId, room);
    return room;
  }

  async function clear(roomId: string, event: MatrixEvent): Promise<MatrixEvent> {
    const edit = event.unsigned?.['m.relations']?.['m.replace'] as MatrixEvent | undefined;
    const read = event.type === 'm.room.encrypted' ? await crypto.decrypt(roomId, event) : null;
    if (edit?.type !== 'm.room.encrypted') return read ?? event;
    const relations = { ...event.unsigned?.['m.relations'], 'm.replace': await clear(roomId, edit) };
    return { ...(read ?? event), unsigned: { ...event.unsigned, 'm.relations': relations } };
  }

  async function all(roomId: string, events: MatrixEvent[]): Promise<MatrixEvent[]> {
    const read: MatrixEvent[] = [];
    for (const event of events) read.push(await clear(roomId, event));
    return read;
  }

  return {
    ...inner,
    clear,
    sync: async (since, timeoutMs, signal) => {
      const batch = await inner.sync(since, timeoutMs, signal);
      await crypto.receive(batch);
      for (const [roomId, { timeline }] of Object.entries(batch.rooms?.join ?? {})) {
        if (timeline?.events) timeline.events = await all(roomId, timeline.events);
      }
      return batch;
    },
    back: async (roomId, from, to) => {
      const page = await inner.back(roomId, from, to);
      return { ...page, events: await all(roomId, page.events) };
    },
    thread: async (roomId, root, from) => {
      const page = await inner.thread(roomId, root, from);
      return { ...page, events: await all(roomId, page.events) };
    },
    event: async (roomId, eventId) => {
      const event = await inner.event(roomId, eventId);
      return event && clear(roomId, event);
    },
    send: async (roomId, type, transaction, content) => {
      const room = type === sealedType ? await encryptionOf(roomId) : null;
      if (!room) return inner.send(roomId, type, transaction, content);
      const fault = crypto.fault();
      if (fault) return sayWhyNot(roomId, transaction, content, fault);
      const { 'm.relates_to': _outside, ...inside } = content as Record<string, unknown>;
      const sealed = await crypto.encrypt(roomId, type, inside, room);
      return inner.send(roomId, 'm.room.encrypted', transaction, { ...sealed, ...beside(content) });
    },
    upload: async (roomId, name, mediaType, content) => {
      if (!(await encryptionOf(roomId))) return inner.upload(roomId, name, mediaType, content);
      const { bytes, file } = sealFile(content);
      // Its name and kind are nobody's business.
      const place = await inner.upload(roomId, '', 'application/octet-stream', bytes);
      return { file: { ...file, ...place } };
    },
  };

  /** Nothing of what was to be said goes out in the clear; that something was, and why it did not, does. */
  async function sayWhyNot(
    roomId: string,
    transaction: string,
    content: object,
    fault: string,
  ): Promise<string> {
    const outside = beside(content);
    if ((outside['m.relates_to'] as { rel_type?: string } | undefined)?.rel_type === 'm.replace')
      throw platformErrors('Matrix').refused(fault);
    const body = cannotEncrypt(fault);
    const notice = { msgtype: 'm.notice', body, 'm.mentions': {}, ...outside };
    return inner.send(roomId, sealedType, transaction, notice);
  }
}

/** What everybody in the room may hear. */
function cannotEncrypt(fault: string): string {
  return `I can neither read nor write in this room: it is encrypted, and ${fault}. Messages here do not reach me; what I had to say stands on Deckhand’s page. (For administrators: docs/matrix.md, "Encrypted rooms".)`;
}

function beside(content: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(content).filter(([name]) => besides.includes(name)));
}
