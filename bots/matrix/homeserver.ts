import { randomUUID } from 'node:crypto';
import { attempt } from './faults.ts';
import { MatrixClient, type MatrixSdk } from './sdk.ts';
import { abortable, installTransport } from './transport.ts';
import type { MatrixEvent, SyncBatch } from './types.ts';

/** A homeserver as one account sees it. Every call throws what `ChatAdapter` promises. */
export interface Homeserver {
  readonly userId: string;
  /** Waits up to `timeoutMs` for news. Without `since`: what there is now. */
  sync(since: string | null, timeoutMs: number, signal: AbortSignal): Promise<SyncBatch>;
  /** Events of a room backwards from a place; not beyond `to`. `next` is where to go on, null at the end. */
  back(roomId: string, from: string | null, to: string | null): Promise<EventPage>;
  /** Events of a thread, newest first. */
  thread(roomId: string, root: string, from: string | null): Promise<EventPage>;
  /** Whose token it is, and of which device; null where the homeserver names none. */
  whoami(): Promise<{ userId: string; deviceId: string | null }>;
  event(roomId: string, eventId: string): Promise<MatrixEvent | null>;
  state(roomId: string, type: string, key?: string): Promise<Record<string, unknown> | null>;
  accountData(type: string): Promise<Record<string, unknown> | null>;
  setAccountData(type: string, content: object): Promise<void>;
  /** Sends an event; the same transaction id gives the same event, for as long as the homeserver remembers it. */
  send(roomId: string, type: string, transaction: string, content: object): Promise<string>;
  /** Gives what a message in this room says of where the file is. */
  upload(roomId: string, name: string, mediaType: string, content: Uint8Array): Promise<object>;
  download(uri: string, signal: AbortSignal): Promise<Response>;
  /** Any other call that changes something, by its path. */
  request(method: 'POST' | 'PUT', path: string, body: object): Promise<unknown>;
  /** A private room with nobody else in it, or a conversation with one person. */
  createRoom(name: string, withUser?: string): Promise<string>;
  join(roomId: string, via: string[]): Promise<void>;
  leave(roomId: string, reason: string): Promise<void>;
  /** Rooms this account is in. */
  joined(): Promise<string[]>;
  members(roomId: string): Promise<Record<string, { display_name?: string | null }>>;
  name(roomId: string, userId: string): Promise<string>;
  /** The name of an account outside of any room. */
  displayName(userId: string): Promise<string>;
  typing(roomId: string, forMs: number): Promise<void>;
  read(roomId: string, eventId: string, thread: string): Promise<void>;
}

/** How an account proves who it is. */
export interface Login {
  token(): Promise<string>;
  /** The homeserver does not take this token any more. True: there will be another one. */
  refused(token: string): boolean;
}

export interface EventPage {
  events: MatrixEvent[];
  next: string | null;
}

const client = '/_matrix/client/v3';
const pageSize = 100;
/** Answers of a long poll come a little after its time. */
const graceMs = 20_000;
const callMs = 30_000;

/** Nothing that we do not read comes over the line. Twenty events a room: more is a gap, which is filled. */
const filter = {
  presence: { types: [] as string[] },
  account_data: { types: [] },
  room: {
    account_data: { types: [] },
    ephemeral: { types: [] },
    state: { types: ['m.room.encryption', 'm.room.tombstone'] },
    timeline: { limit: 20 },
  },
};

/**
 * Synapse answers a repeated first sync from its cache for two minutes (`caches.sync_response_cache_duration`), with the
 * position of then: what was said meanwhile would be new to us. A filter of its own makes each first sync a fresh one.
 */
function filterFor(since: string | null): string {
  const presence = { types: [], not_types: [`dev.deckhand.${randomUUID()}`] };
  return JSON.stringify(since ? filter : { ...filter, presence });
}

/** `login` gives the access token; it is asked again when the homeserver refused the last one. */
export function openHomeserver(url: string, userId: string, login: Login): Homeserver {
  installTransport();
  const base = url.replace(/\/+$/, '');
  const id = encodeURIComponent;
  const room = (roomId: string) => `${client}/rooms/${id(roomId)}`;

  type Query = Record<string, string | number> | null;
  type Work<T> = (sdk: MatrixSdk, token: string) => Promise<T>;
  async function call<T>(kind: 'read' | 'write', work: Work<T>, again = true): Promise<T> {
    const token = await login.token();
    try {
      return await attempt(kind, () => work(new MatrixClient(base, token), token));
    } catch (error) {
      const renewed = (error as { code?: string }).code === 'platform.unauthorized' && login.refused(token);
      if (renewed && again) return call(kind, work, false);
      throw error;
    }
  }
  const read = (path: string, query: Query = null, timeoutMs = callMs) =>
    call('read', (sdk) => sdk.doRequest('GET', path, query, null, timeoutMs));
  const write = (method: 'PUT' | 'POST', path: string, body: object) =>
    call('write', (sdk) => sdk.doRequest(method, path, null, body, callMs));

  return {
    userId,
    sync: (since, timeoutMs, signal) =>
      abortable(signal, () => {
        const query = {
          filter: filterFor(since),
          timeout: since ? timeoutMs : 0,
          ...(since ? { since } : {}),
        };
        return read(`${client}/sync`, query, (since ? timeoutMs : 120_000) + graceMs);
      }),
    back: async (roomId, from, to) => {
      const query = { dir: 'b', limit: pageSize, ...(from ? { from } : {}), ...(to ? { to } : {}) };
      return pageOf(await read(`${room(roomId)}/messages`, query));
    },
    thread: async (roomId, root, from) => {
      const path = `/_matrix/client/v1/rooms/${id(roomId)}/relations/${id(root)}/m.thread`;
      const { chunk, next_batch: next } = await read(path, {
        dir: 'b',
        limit: pageSize,
        ...(from ? { from } : {}),
      });
      return { events: chunk ?? [], next: next ?? null };
    },
    whoami: async () => {
      const { user_id: whose, device_id: deviceId } = await read(`${client}/account/whoami`);
      return { userId: whose, deviceId: deviceId ?? null };
    },
    request: write,
    event: (roomId, eventId) => orNull(read(`${room(roomId)}/event/${id(eventId)}`)),
    state: (roomId, type, key = '') => orNull(read(`${room(roomId)}/state/${id(type)}/${id(key)}`)),
    accountData: (type) => orNull(read(`${client}/user/${id(userId)}/account_data/${id(type)}`)),
    setAccountData: async (type, content) => {
      await write('PUT', `${client}/user/${id(userId)}/account_data/${id(type)}`, content);
    },
    send: async (roomId, type, transaction, content) => {
      const path = `${room(roomId)}/send/${id(type)}/${id(transaction)}`;
      return (await write('PUT', path, content)).event_id;
    },
    upload: async (_room, name, mediaType, content) => {
      const query = { filename: name };
      const bytes = Buffer.from(content);
      const answer = await call('write', (sdk) =>
        sdk.doRequest('POST', '/_matrix/media/v3/upload', query, bytes, 120_000, false, mediaType),
      );
      return { url: answer.content_uri };
    },
    // Bytes of people's files go straight on to where they are kept; the SDK would hold them whole.
    download: (uri, signal) => {
      const [server = '', media = ''] = uri.replace(/^mxc:\/\//, '').split('/');
      const address = `${base}/_matrix/client/v1/media/download/${id(server)}/${id(media)}`;
      const fetched = (_sdk: MatrixSdk, token: string) =>
        fetch(address, { headers: { authorization: `Bearer ${token}` }, signal });
      return call('read', fetched);
    },
    createRoom: async (name, withUser) => {
      const guest = withUser ? { invite: [withUser], is_direct: true } : {};
      const body = { preset: 'private_chat', name, ...guest };
      return (await write('POST', `${client}/createRoom`, body)).room_id;
    },
    join: async (roomId, via) => {
      const query = via.map((server) => `via=${id(server)}`).join('&');
      await write('POST', `${client}/join/${id(roomId)}${query ? `?${query}` : ''}`, {});
    },
    leave: async (roomId, reason) => void (await write('POST', `${room(roomId)}/leave`, { reason })),
    joined: async () => (await read(`${client}/joined_rooms`)).joined_rooms,
    members: async (roomId) => (await read(`${room(roomId)}/joined_members`)).joined,
    name: async (roomId, who) => {
      const member = await orNull(read(`${room(roomId)}/state/m.room.member/${id(who)}`));
      return member?.displayname || who;
    },
    displayName: async (who) => (await orNull(read(`${client}/profile/${id(who)}`)))?.displayname ?? '',
    typing: async (roomId, forMs) => {
      const body = forMs > 0 ? { typing: true, timeout: forMs } : { typing: false };
      await write('PUT', `${room(roomId)}/typing/${id(userId)}`, body);
    },
    read: async (roomId, eventId, thread) => {
      await write('POST', `${room(roomId)}/receipt/m.read/${id(eventId)}`, { thread_id: thread });
    },
  };
}

function pageOf({ chunk, end }: { chunk?: MatrixEvent[]; end?: string }): EventPage {
  return { events: chunk ?? [], next: end ?? null };
}

/** What is not there, or not for us to see, is nothing. */
async function orNull<T>(reading: Promise<T>): Promise<T | null> {
  try {
    return await reading;
  } catch (error) {
    if ((error as { code?: string }).code === 'platform.refused') return null;
    throw error;
  }
}
