import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { numbers } from './numbers.ts';
import { channelOnWire, memberOnWire, stripContent, userOnWire } from './wire.ts';
import type { Json, TwinMessage, World } from './world.ts';

/** Opcodes and intents of docs.discord.com/developers/topics/opcodes-and-status-codes and events/gateway#list-of-intents. */
const op = { dispatch: 0, beat: 1, identify: 2, resume: 6, reconnect: 7, invalid: 9, hello: 10, beatAck: 11 };
const intents = { guilds: 1 << 0, guildMessages: 1 << 9, directMessages: 1 << 12, messageContent: 1 << 15 };

interface Session {
  id: string;
  /** Its number, and of how many. */
  shard: [number, number];
  intents: number;
  sequence: number;
  /** Every dispatch, to be replayed. */
  sent: { s: number; t: string; d: Json }[];
  socket: WebSocket | null;
  resumable: boolean;
}

export interface Gateway {
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** How often the bot identified and resumed, and who is connected now. */
  readonly counts: { identify: number; resume: number; connected: number };
  /** Cuts all connections. `resumable` false: the session is gone, the bot must identify again. */
  cut(options?: { resumable?: boolean; code?: number; shard?: number }): void;
  /** Who identifies as this shard waits until what is given back is called. */
  hold(shard: number): () => void;
  /** Asks the bot to reconnect, as Discord does now and then. */
  askToReconnect(): void;
  /** True: no connection is taken. */
  down: boolean;
  /** True: who identifies is heard, and told nothing. */
  mute: boolean;
  /** Sends each event this often. */
  copies: number;
  close(): void;
}

export function createGateway(world: World, origin: () => string): Gateway {
  const server = new WebSocketServer({ noServer: true });
  const sessions = new Map<string, Session>();
  const counts = { identify: 0, resume: 0, connected: 0 };
  const held = new Map<number, (() => void)[]>();
  const send = (socket: WebSocket, payload: Json): void => {
    if (socket.readyState === socket.OPEN)
      socket.send(JSON.stringify({ s: null, t: null, d: null, ...payload }));
  };

  function dispatch(session: Session, t: string, d: Json): void {
    session.sequence += 1;
    const event = { s: session.sequence, t, d };
    session.sent.push(event);
    if (session.socket) send(session.socket, { op: op.dispatch, ...event });
  }

  world.dispatch = (event, data, { message }) => {
    for (const session of sessions.values()) {
      if (!wants(session, event, data)) continue;
      const full = (session.intents & intents.messageContent) !== 0;
      dispatch(session, event, message && !full ? stripContent(world, message, data) : data);
      for (let copy = 1; copy < gateway.copies; copy += 1) {
        dispatch(session, event, message && !full ? stripContent(world, message, data) : data);
      }
    }
  };

  function identify(socket: WebSocket, d: Json): Session | null {
    counts.identify += 1;
    if (gateway.mute) return null;
    const shard = (d.shard ?? [0, 1]) as [number, number];
    if (d.token !== world.app.token) return refuseSocket(socket, 4004);
    if (typeof d.intents !== 'number') return refuseSocket(socket, 4013);
    if (d.intents & intents.messageContent && !world.app.messageContent) return refuseSocket(socket, 4014);
    if (counts.identify > numbers.identifiesPerDay.value) return refuseSocket(socket, 4004);
    const id = world.snowflake();
    const session = { id, shard, intents: d.intents, sequence: 0, sent: [], socket, resumable: true };
    const waiting = held.get(shard[0]);
    if (waiting) waiting.push(() => begin(session));
    else begin(session);
    return session;
  }

  function begin(session: Session): void {
    sessions.set(session.id, session);
    const guilds = [...world.guilds.values()].filter(
      ({ id }) => shardOf(id, session.shard[1]) === session.shard[0],
    );
    dispatch(session, 'READY', {
      v: 10,
      user: userOnWire(world.app.user),
      guilds: guilds.map((guild) => ({ id: guild.id, unavailable: true })),
      session_id: session.id,
      resume_gateway_url: `${origin().replace('http', 'ws')}/resume`,
      shard: session.shard,
      application: { id: world.app.id, flags: 0 },
    });
    if (session.intents & intents.guilds) {
      for (const guild of guilds) dispatch(session, 'GUILD_CREATE', guildOnWire(world, guild.id));
    }
  }

  function resume(socket: WebSocket, d: Json): Session | null {
    counts.resume += 1;
    const session = sessions.get(String(d.session_id));
    if (d.token !== world.app.token) return refuseSocket(socket, 4004);
    if (!session?.resumable) {
      // "If the `d` field is set to `false` (which is most of the time), your app should disconnect."
      socket.send(JSON.stringify({ op: op.invalid, d: false, s: null, t: null }));
      return null;
    }
    session.socket = socket;
    for (const event of session.sent.filter(({ s }) => s > Number(d.seq))) {
      send(socket, { op: op.dispatch, ...event });
    }
    dispatch(session, 'RESUMED', {});
    return session;
  }

  server.on('connection', (socket) => {
    counts.connected += 1;
    let session: Session | null = null;
    send(socket, { op: op.hello, d: { heartbeat_interval: 41_250 } });
    socket.on('message', (data) => {
      const payload = JSON.parse(String(data)) as { op: number; d: Json };
      if (payload.op === op.beat) send(socket, { op: op.beatAck });
      if (payload.op === op.identify)
        session = session ? refuseSocket(socket, 4005) : identify(socket, payload.d);
      if (payload.op === op.resume) session = resume(socket, payload.d);
      world.bell.emit('change');
    });
    socket.on('close', (code) => {
      counts.connected -= 1;
      if (session?.socket === socket) session.socket = null;
      // "When you close the connection with close code 1000 or 1001, your session will be invalidated"
      if (session && (code === 1000 || code === 1001)) sessions.delete(session.id);
      world.bell.emit('change');
    });
  });

  const gateway: Gateway = {
    counts,
    down: false,
    mute: false,
    copies: 1,
    upgrade: (request, socket, head) => {
      if (gateway.down) return void socket.destroy();
      server.handleUpgrade(request, socket, head, (ws) => server.emit('connection', ws, request));
    },
    hold: (shard) => {
      held.set(shard, []);
      return () => {
        const waiting = held.get(shard) ?? [];
        held.delete(shard);
        for (const go of waiting) go();
      };
    },
    cut: ({ resumable = true, code = 4000, shard } = {}) => {
      for (const session of sessions.values()) {
        if (shard !== undefined && session.shard[0] !== shard) continue;
        if (!resumable) {
          session.resumable = false;
          sessions.delete(session.id);
        }
        session.socket?.close(code);
        session.socket = null;
      }
    },
    askToReconnect: () => {
      for (const { socket } of sessions.values()) if (socket) send(socket, { op: op.reconnect });
    },
    close: () => {
      for (const client of server.clients) client.terminate();
      server.close();
    },
  };
  return gateway;
}

/** Which events an intent lets through (events/gateway#list-of-intents). Interactions need none. */
function wants(session: Session, event: string, data: Json): boolean {
  const guild = event === 'GUILD_CREATE' ? data.id : data.guild_id;
  if (session.shard[0] !== shardOf(guild, session.shard[1])) return false;
  if (/^MESSAGE_(CREATE|UPDATE|DELETE)$/.test(event)) {
    return (session.intents & (data.guild_id ? intents.guildMessages : intents.directMessages)) !== 0;
  }
  return !/^(GUILD|CHANNEL|THREAD)_/.test(event) || (session.intents & intents.guilds) !== 0;
}

/** "shard_id = (guild_id >> 22) % num_shards"; direct messages go to the first (events/gateway#sharding). */
export function shardOf(guild: unknown, count: number): number {
  return typeof guild === 'string' ? Number((BigInt(guild) >> 22n) % BigInt(count)) : 0;
}

function refuseSocket(socket: WebSocket, code: number): null {
  socket.close(code);
  return null;
}

/** A guild when the bot connects, with "all active threads in the guild that the current user is able to view". */
export function guildOnWire(world: World, guildId: string): Json {
  const guild = world.guilds.get(guildId);
  const channels = [...world.channels.values()].filter((channel) => channel.guildId === guildId);
  const plain = channels.filter(
    ({ kind, permissions }) => kind !== 'thread' && permissions.has('VIEW_CHANNEL'),
  );
  const threads = channels.filter(({ kind, archived }) => kind === 'thread' && !archived);
  return {
    id: guildId,
    name: guild?.name ?? '',
    joined_at: guild?.joinedAt,
    system_channel_id: guild?.systemChannelId ?? null,
    unavailable: false,
    large: false,
    member_count: world.users.size,
    members: [memberOnWire(world.app.user)],
    channels: plain.map((channel) => channelOnWire(world, channel)),
    threads: threads.map((channel) => channelOnWire(world, channel)),
    // "tags: the tags this role has … bot_id: The id of the bot this role belongs to" (topics/permissions#role-object)
    roles: guild?.ownRole
      ? [{ id: guild.ownRole, name: 'Deckhand', managed: true, tags: { bot_id: world.app.user.id } }]
      : [],
    emojis: [],
  };
}

/** Tells the bot of a message. */
export function announce(
  world: World,
  event: 'MESSAGE_CREATE' | 'MESSAGE_UPDATE',
  message: TwinMessage,
  wire: Json,
): void {
  const channel = world.channels.get(message.channelId);
  const author = world.users.get(message.authorId);
  const place = channel?.guildId
    ? { guild_id: channel.guildId, member: author && { ...memberOnWire(author), user: undefined } }
    : {};
  world.dispatch(
    event,
    { ...wire, ...place, ...(message.nonce ? { nonce: message.nonce } : {}) },
    { message },
  );
}
