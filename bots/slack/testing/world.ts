import { EventEmitter } from 'node:events';
import type { TwinClock } from './clock.ts';
import type { Ids } from './ids.ts';
import type { JsonObject } from './json.ts';

export interface TwinUser {
  id: string;
  name: string;
  teamId: string;
  /** Set for bots: the id that their messages carry. */
  botId?: string;
  /** A guest: `is_restricted`. */
  guest: boolean;
  /** Somebody of another organisation: `is_stranger`. */
  stranger: boolean;
  deleted: boolean;
  timeZone: string;
}

export interface TwinChannel {
  id: string;
  name: string;
  kind: 'channel' | 'group' | 'mpim' | 'im';
  archived: boolean;
  shared: boolean;
  members: Set<string>;
}

export interface TwinMessage {
  channel: string;
  ts: string;
  threadTs?: string;
  user: string;
  botId?: string;
  text: string;
  blocks: JsonObject[];
  attachments: JsonObject[];
  metadata?: JsonObject;
  files: string[];
  subtype?: string;
  edited?: { user: string; ts: string };
  /** Name of the reaction → who gave it. */
  reactions: Map<string, Set<string>>;
  /** Set for a streamed message: what was appended, and whether it still runs. */
  stream?: { state: 'open' | 'ended' | 'stopped_by_user'; chunks: JsonObject[]; startedMs: number };
  /** The moments it was edited, in ms: to hold an app to Slack's advice of one edit every 3 s. */
  editedAtMs: number[];
}

export interface TwinFile {
  id: string;
  name: string;
  title: string;
  type: string;
  bytes: Buffer;
  user: string;
  createdMs: number;
  /** Not before the upload is completed. */
  complete: boolean;
  shares: { channel: string; ts: string; threadTs?: string }[];
}

export interface Ephemeral {
  user: string;
  channel: string;
  ts: string;
  threadTs?: string;
  text: string;
  blocks: JsonObject[];
}

/** Everything there is in the workspace, as Slack's servers would hold it. */
export interface World {
  readonly team: { id: string; name: string; domain: string };
  readonly app: { id: string; user: TwinUser; name: string };
  readonly users: Map<string, TwinUser>;
  readonly channels: Map<string, TwinChannel>;
  /** By channel, then by `ts`, in the order posted. */
  readonly messages: Map<string, Map<string, TwinMessage>>;
  readonly files: Map<string, TwinFile>;
  readonly ephemerals: Ephemeral[];
  readonly statuses: Map<string, { text: string; dueMs: number }>;
  readonly views: Map<string, JsonObject>;
  readonly homes: Map<string, JsonObject>;
  /** Rings `change` whenever something above has changed. */
  readonly bell: EventEmitter;
}

/** A workspace with an app called `deckhand` in it, and nobody else. */
export function createWorld(ids: Ids, appName: string): World {
  const team = { id: ids.next('T'), name: 'Harbour', domain: 'harbour' };
  const user: TwinUser = {
    id: ids.next('U'),
    name: appName,
    teamId: team.id,
    botId: ids.next('B'),
    guest: false,
    stranger: false,
    deleted: false,
    timeZone: 'UTC',
  };
  return {
    team,
    app: { id: ids.next('A'), user, name: appName },
    users: new Map([[user.id, user]]),
    channels: new Map(),
    messages: new Map(),
    files: new Map(),
    ephemerals: [],
    statuses: new Map(),
    views: new Map(),
    homes: new Map(),
    bell: new EventEmitter(),
  };
}

export const findMessage = (world: World, channel: string, ts: string): TwinMessage | undefined =>
  world.messages.get(channel)?.get(ts);

/** The messages of a channel, oldest first: a `ts` is later than all before it. */
export const messagesIn = (world: World, channel: string): TwinMessage[] => [
  ...(world.messages.get(channel)?.values() ?? []),
];

/** A thread: its root, when it is still there, and its replies, oldest first. */
export function threadOf(world: World, channel: string, root: string): TwinMessage[] {
  const found: TwinMessage[] = [];
  for (const message of world.messages.get(channel)?.values() ?? [])
    if (message.ts === root || message.threadTs === root) found.push(message);
  return found;
}

/** The direct channel of a user and the app; it is made when it is first asked for. */
export function directChannel(world: World, ids: Ids, user: TwinUser): TwinChannel {
  for (const channel of world.channels.values())
    if (channel.kind === 'im' && channel.members.has(user.id)) return channel;
  const made: TwinChannel = {
    id: ids.next('D'),
    name: user.name,
    kind: 'im',
    archived: false,
    shared: false,
    members: new Set([user.id, world.app.user.id]),
  };
  world.channels.set(made.id, made);
  return made;
}

/** The key of a thread in `statuses`. */
export const statusKey = (channel: string, threadTs: string): string => `${channel}/${threadTs}`;

/** The status that a thread shows now; it fades by the clock. */
export function statusNow(world: World, clock: TwinClock, key: string): string | undefined {
  const status = world.statuses.get(key);
  return status && status.dueMs > clock.now() ? status.text : undefined;
}
