import { EventEmitter } from 'node:events';
import { createClock, createSnowflakes, type TwinClock } from './clock.ts';

export type Json = Record<string, unknown>;

/** The permissions that the twin knows (docs.discord.com/developers/topics/permissions). */
export type Permission =
  | 'VIEW_CHANNEL'
  | 'SEND_MESSAGES'
  | 'SEND_MESSAGES_IN_THREADS'
  | 'CREATE_PUBLIC_THREADS'
  | 'READ_MESSAGE_HISTORY'
  | 'ATTACH_FILES'
  | 'ADD_REACTIONS'
  | 'MANAGE_THREADS';

export const channelTypes = { text: 0, dm: 1, voice: 2, thread: 11 } as const;

export interface TwinUser {
  id: string;
  username: string;
  globalName: string;
  bot: boolean;
}

export interface TwinChannel {
  id: string;
  kind: keyof typeof channelTypes;
  name: string;
  guildId?: string;
  parentId?: string;
  /** Of a direct conversation. */
  recipient?: string;
  archived: boolean;
  /** When it was archived, or taken out again, last. */
  archivedMs: number;
  locked: boolean;
  messages: Map<string, TwinMessage>;
  /** What the bot may do here; a thread has its parent's. */
  permissions: Set<Permission>;
}

export interface TwinFile {
  id: string;
  name: string;
  type: string;
  bytes: Buffer;
}

export interface TwinMessage {
  id: string;
  channelId: string;
  authorId: string;
  /** 0 default, 19 reply. */
  type: number;
  content: string;
  mentions: string[];
  mentionEveryone: boolean;
  files: TwinFile[];
  components: Json[];
  embeds: Json[];
  flags: number;
  nonce?: string;
  replyTo?: string;
  createdMs: number;
  editedMs: number | null;
  /** How often it was edited since it is older than an hour. */
  oldEdits: number;
  reactions: Set<string>;
}

export interface TwinGuild {
  id: string;
  name: string;
  joinedAt: string;
  /** The role that Discord made for the bot here. */
  ownRole?: string;
  /** Where Discord itself says things to newcomers; a guild may have none. */
  systemChannelId?: string;
}

/** Everything that Discord's servers would know. */
export interface World {
  clock: TwinClock;
  snowflake: () => string;
  bell: EventEmitter;
  app: { id: string; user: TwinUser; token: string; messageContent: boolean; commands: Map<string, Json[]> };
  /** How many shards Discord recommends. */
  shards: number;
  users: Map<string, TwinUser>;
  guilds: Map<string, TwinGuild>;
  channels: Map<string, TwinChannel>;
  /** Who types where. */
  typing: { channelId: string; atMs: number }[];
  /** What only one person saw. */
  ephemerals: { userId: string; channelId: string; payload: Json }[];
  modals: { userId: string; interactionId: string; payload: Json }[];
  /** Sends an event to the bot. */
  dispatch: (event: string, data: Json, about: { message?: TwinMessage }) => void;
}

const usualPermissions: Permission[] = [
  ...(['VIEW_CHANNEL', 'SEND_MESSAGES', 'SEND_MESSAGES_IN_THREADS', 'CREATE_PUBLIC_THREADS'] as const),
  ...(['READ_MESSAGE_HISTORY', 'ATTACH_FILES', 'ADD_REACTIONS'] as const),
];

export function createWorld(messageContent: boolean): World {
  const clock = createClock();
  const snowflake = createSnowflakes(clock);
  const user = { id: snowflake(), username: 'deckhand', globalName: 'Deckhand', bot: true };
  const bell = new EventEmitter();
  bell.setMaxListeners(0);
  return {
    ...{ clock, snowflake, bell },
    app: { id: user.id, user, token: `twin.${user.id}.token`, messageContent, commands: new Map() },
    shards: 1,
    users: new Map([[user.id, user]]),
    guilds: new Map(),
    channels: new Map(),
    typing: [],
    ephemerals: [],
    modals: [],
    dispatch: () => {},
  };
}

export function addUser(world: World, name: string): TwinUser {
  const user = { id: world.snowflake(), username: name.toLowerCase(), globalName: name, bot: false };
  world.users.set(user.id, user);
  return user;
}

export function addChannel(
  world: World,
  channel: Pick<TwinChannel, 'kind' | 'name'> & Partial<TwinChannel>,
): TwinChannel {
  const made: TwinChannel = {
    id: world.snowflake(),
    archived: false,
    archivedMs: world.clock.now(),
    locked: false,
    messages: new Map(),
    permissions: new Set(usualPermissions),
    ...channel,
  };
  world.channels.set(made.id, made);
  return made;
}

/** The permissions that hold in a channel: "Threads generally inherit permissions from the parent channel" (topics/threads). */
export function permissionsIn(world: World, channel: TwinChannel): Set<Permission> {
  return (channel.parentId && world.channels.get(channel.parentId)?.permissions) || channel.permissions;
}

export function findMessage(world: World, id: string): TwinMessage | undefined {
  for (const channel of world.channels.values()) {
    const message = channel.messages.get(id);
    if (message) return message;
  }
  return undefined;
}

/** Puts a message into its channel and tells the bot. */
export function addMessage(
  world: World,
  message: Pick<TwinMessage, 'channelId' | 'authorId' | 'content'> & Partial<TwinMessage>,
): TwinMessage {
  const channel = world.channels.get(message.channelId);
  if (!channel) throw new Error(`no channel ${message.channelId}`);
  const made: TwinMessage = {
    id: world.snowflake(),
    type: 0,
    mentions: [],
    mentionEveryone: false,
    files: [],
    components: [],
    embeds: [],
    flags: 0,
    createdMs: world.clock.now(),
    editedMs: null,
    oldEdits: 0,
    reactions: new Set(),
    ...message,
  };
  channel.messages.set(made.id, made);
  if (channel.archived) {
    // "Sending a message will automatically unarchive the thread, unless the thread has been locked by a moderator."
    channel.archived = false;
    channel.archivedMs = world.clock.now();
  }
  world.bell.emit('change');
  return made;
}
