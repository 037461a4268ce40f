import type { RenderedPost } from '#core/chat/adapter.ts';
import type { ThreadRef } from '#core/chat/thread-ref.ts';

/** An event of a room, as the homeserver gives it (spec.matrix.org, client-server API, "Room event format"). */
export interface MatrixEvent {
  type: string;
  event_id: string;
  sender: string;
  origin_server_ts: number;
  content: Record<string, unknown>;
  state_key?: string;
  /** Room versions before 11 name the redacted event here, later ones in the content. */
  redacts?: string;
  unsigned?: {
    /** Milliseconds since it was sent, by the homeserver's own clock. */
    age?: number;
    prev_content?: Record<string, unknown>;
    'm.relations'?: Record<string, unknown>;
  };
}

/** The parts of a sync's answer that we read. */
export interface SyncBatch {
  next_batch: string;
  rooms?: {
    join?: Record<string, JoinedRoom>;
    invite?: Record<string, InvitedRoom>;
    leave?: Record<string, unknown>;
  };
  /** What concerns encryption (client-server API, "End-to-End Encryption", extensions to /sync). */
  to_device?: { events?: unknown[] };
  device_lists?: { changed?: string[]; left?: string[] };
  device_one_time_keys_count?: Record<string, number>;
  device_unused_fallback_key_types?: string[];
}

export interface JoinedRoom {
  timeline?: { events?: MatrixEvent[]; limited?: boolean; prev_batch?: string };
  state?: { events?: MatrixEvent[] };
}

export interface InvitedRoom {
  invite_state?: { events?: Partial<MatrixEvent>[] };
}

/** The content of an `m.room.message` of ours, before its relation and its key are added. */
export interface MessageContent {
  msgtype: 'm.text' | 'm.notice';
  body: string;
  format?: 'org.matrix.custom.html';
  formatted_body?: string;
}

/** The platform's form of a post: what `render.ts` makes and `adapter.ts` sends. */
export type MatrixPost = MatrixMessage | MatrixFile;

export interface MatrixMessage {
  type: 'message';
  content: MessageContent;
  /** The message whose author hears of this post; null: it is silent. */
  calls: string | null;
  /** An open question: people answer it by a reaction. */
  card: { approvalId: string; revision: number; open: boolean } | null;
  /** It says something that people wait for: it is edited in now, not when its time comes. */
  urgent: boolean;
}

export interface MatrixFile {
  type: 'file';
  name: string;
  mediaType: string;
  source: { blob: string; size: number } | { text: string };
}

/** The last part of an address in a room that means no thread: what is said there stands in the room itself. */
export const noThread = 'room';

/** Our own fields in what we post; opaque to everybody else. */
export const keyField = 'dev.deckhand.key';
export const cardField = 'dev.deckhand.approval';
export const editField = 'dev.deckhand.edit';

/** The address of a thread, by its root's event id. */
export function matrixThread(server: string, roomId: string, root: string): ThreadRef {
  return { platform: 'matrix', workspace: server, channel: roomId, thread: root };
}

/** A message's own identity (I2). */
export function messageIdentity(roomId: string, eventId: string): string {
  return `${roomId}/${eventId}`;
}

/** The parts of a message's identity; null when it is none of Matrix's, e.g. that of a repeated request. */
export function placeOf(identity: string): { roomId: string; eventId: string } | null {
  const [roomId, eventId, ...rest] = identity.split('/');
  return roomId?.startsWith('!') && eventId?.startsWith('$') && rest.length === 0
    ? { roomId, eventId }
    : null;
}

/** `@ana:example.org` → `example.org`. */
export function serverOf(id: string): string {
  return id.slice(id.indexOf(':') + 1);
}

/** Payloads come from `render.ts` only; the port hands them through unseen. */
export function contentOf(post: RenderedPost): MatrixPost {
  return post.payload as MatrixPost;
}
