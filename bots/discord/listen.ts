import { setTimeout as sleep } from 'node:timers/promises';
import {
  GatewayDispatchEvents as Events,
  type GatewayDispatchPayload,
  type GatewayGuildCreateDispatchData,
  type GatewayInteractionCreateDispatch,
  type GatewayReadyDispatchData,
} from 'discord.js';
import type { Log } from '#core/log.ts';
import type { CatchUp } from './catch-up.ts';
import type { Channels, NotedChannel } from './channels.ts';
import type { DiscordInbound } from './inbound.ts';
import type { KnownPlaces } from './known-places.ts';
import { openPositions } from './positions.ts';
import type { DiscordSaid } from './types.ts';

export interface ListenDeps {
  inbound: DiscordInbound;
  channels: Channels;
  catchUp(take: (message: DiscordSaid) => Promise<void>): CatchUp;
  /** Where we were spoken to lately. */
  known(): Promise<KnownPlaces>;
  interact(event: GatewayInteractionCreateDispatch): void;
  /** A guild that we have been invited to just now. */
  welcome(guild: GatewayGuildCreateDispatchData): Promise<void>;
  noteGuild(id: string, name: string): void;
  log: Log;
}

export interface Listening {
  event(event: GatewayDispatchPayload, shard: number): void;
  /** Everything up to this message is settled. */
  position(): string;
  stop(): Promise<void>;
}

const retryMs = { first: 500, most: 30_000 };
const directPart = 'direct';

/**
 * Takes what the gateway sends, and what it does not send: after READY every guild is read from `from` on. Nothing is
 * given up: what fails is tried again until it is settled or another process takes over from the last position.
 */
export function listen(from: string, deps: ListenDeps): Listening {
  const { inbound, channels, log } = deps;
  const stopping = new AbortController();
  const positions = openPositions(from);
  /** Guilds that we were in when the connection began. */
  const joined = new Set<string>();
  let places: Promise<KnownPlaces> | null = null;

  async function untilDone<T>(what: string, work: () => Promise<T>): Promise<T> {
    for (let times = 0; !stopping.signal.aborted; times += 1) {
      try {
        return await work();
      } catch (error) {
        const ms = Math.min(retryMs.first * 2 ** times, retryMs.most);
        log.warn({ err: error, againInMs: ms }, `${what} could not be taken`);
        await sleep(ms, undefined, { signal: stopping.signal }).catch(() => {});
      }
    }
    throw new Error('stopped');
  }

  function takeOf(shard: number) {
    return async (message: DiscordSaid): Promise<void> => {
      const settle = positions.begin(shard, message.id);
      await inbound.message(message, (work) => untilDone('a message', work));
      settle();
    };
  }

  function read(
    shard: number,
    part: string,
    work: (catchUp: CatchUp, since: string) => Promise<void>,
  ): boolean {
    const unread = positions.unread(shard, part);
    if (!unread) return false;
    const catchUp = deps.catchUp(takeOf(shard));
    void untilDone('what was said meanwhile', () => work(catchUp, unread.since)).then(unread.done, () => {});
    return true;
  }

  /** Read once for all guilds of a READY. */
  function known(): Promise<KnownPlaces> {
    places ??= deps.known().catch((error) => {
      places = null;
      throw error;
    });
    return places;
  }

  function ready({ guilds, shard: [id, count] = [0, 1] }: GatewayReadyDispatchData): void {
    const ids = guilds.map((guild) => guild.id);
    for (const guild of ids) joined.add(guild);
    // "DMs will only be sent to shard 0" (events/gateway#sharding).
    places = null;
    positions.ready({ id, count }, id === 0 ? [...ids, directPart] : ids);
    read(id, directPart, async (catchUp, since) => {
      for (const channel of (await known()).directs) await catchUp.direct(channel, since);
    });
  }

  async function guild(shard: number, data: GatewayGuildCreateDispatchData): Promise<void> {
    deps.noteGuild(data.id, data.name);
    for (const channel of [...data.channels, ...data.threads])
      channels.note(channel as NotedChannel, data.id);
    const reads = read(shard, data.id, async (catchUp, since) =>
      catchUp.guild(data, since, (await known()).channels),
    );
    // Not there at READY: we were invited since, perhaps while the rest was still being read.
    if (!reads && !joined.has(data.id)) await deps.welcome(data);
  }

  function quietly(work: Promise<unknown>): void {
    work.catch((error) => {
      if (!stopping.signal.aborted) log.warn({ err: error }, 'an event of Discord');
    });
  }

  return {
    position: positions.position,
    event: (event, shard) => {
      if (stopping.signal.aborted) return;
      switch (event.t) {
        case Events.Ready:
          return ready(event.d);
        case Events.GuildCreate:
          return quietly(guild(shard, event.d as GatewayGuildCreateDispatchData));
        case Events.ChannelCreate:
        case Events.ChannelUpdate:
        case Events.ThreadCreate:
        case Events.ThreadUpdate:
          return channels.note(event.d as NotedChannel);
        case Events.MessageCreate:
          return quietly(takeOf(shard)(event.d));
        case Events.MessageUpdate:
        case Events.MessageDelete:
          return quietly(inbound.event(event, (work) => untilDone('an edit', work)));
        case Events.InteractionCreate:
          return deps.interact(event);
        default:
          return;
      }
    },
    stop: async () => stopping.abort(),
  };
}
