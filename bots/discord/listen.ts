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
import type { Guilds } from './guilds.ts';
import type { DiscordInbound, Way } from './inbound.ts';
import type { KnownPlaces } from './known-places.ts';
import { openPositions } from './positions.ts';
import type { DiscordSaid } from './types.ts';
import { untilDone } from './until-done.ts';

export interface ListenDeps {
  inbound: DiscordInbound;
  channels: Channels;
  catchUp(take: (message: DiscordSaid) => Promise<void>): CatchUp;
  /** Where we were spoken to lately. */
  known(): Promise<KnownPlaces>;
  interact(event: GatewayInteractionCreateDispatch): void;
  /** A guild that we have been invited to just now. */
  welcome(guild: GatewayGuildCreateDispatchData): Promise<void>;
  guilds: Pick<Guilds, 'note'>;
  /** The longest that what comes live waits for what was said before it; left out: a minute. */
  mostHeldMs?: number;
  log: Log;
}

export interface Listening {
  event(event: GatewayDispatchPayload, shard: number): void;
  /** Everything up to this message is settled. */
  position(): string;
  stop(): Promise<void>;
}

const directPart = 'direct';
const usualHeldMs = 60_000;

/**
 * Takes what the gateway sends, and what it does not send: after READY every guild is read from `from` on. Nothing is
 * given up: what fails is tried again until it is settled or another process takes over from the last position. What
 * comes live waits for what was said before it in its thread and is still being read, but not for ever: better out of
 * order than in silence.
 */
export function listen(from: string, deps: ListenDeps): Listening {
  const { inbound, channels, log, mostHeldMs = usualHeldMs } = deps;
  const stopping = new AbortController();
  const positions = openPositions(from);
  /** Guilds that we were in when the connection began. */
  const joined = new Set<string>();
  let places: Promise<KnownPlaces> | null = null;

  function untilTaken<T>(what: string, work: () => Promise<T>): Promise<T> {
    return untilDone(work, stopping.signal, (error, againInMs) =>
      log.warn({ err: error, againInMs }, `${what} could not be taken`),
    );
  }

  function takeOf(shard: number, before: Way['before']) {
    return async (message: DiscordSaid): Promise<void> => {
      const settle = positions.begin(shard, message.id);
      await inbound.message(message, { persist: (work) => untilTaken('a message', work), before });
      settle();
    };
  }

  /** Resolves once what was said in a guild, or directly, while nobody listened has been read. */
  async function untilRead(shard: number, part: string): Promise<void> {
    const reading = positions.reading(shard, part);
    if (!reading) return;
    const late = sleep(mostHeldMs, 'late', { signal: stopping.signal, ref: false }).catch(() => 'stopped');
    if ((await Promise.race([reading, late])) === 'late')
      log.warn({ part }, 'what is said now is taken before all that was said meanwhile has been read');
  }

  function read(
    shard: number,
    part: string,
    work: (catchUp: CatchUp, since: string) => Promise<void>,
  ): boolean {
    const unread = positions.unread(shard, part);
    if (!unread) return false;
    const catchUp = deps.catchUp(takeOf(shard, async () => {}));
    void untilTaken('what was said meanwhile', () => work(catchUp, unread.since)).then(unread.done, () => {});
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
    deps.guilds.note(data);
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
        case Events.GuildUpdate:
          return deps.guilds.note(event.d);
        case Events.ChannelCreate:
        case Events.ChannelUpdate:
        case Events.ThreadCreate:
        case Events.ThreadUpdate:
          return channels.note(event.d as NotedChannel);
        case Events.MessageCreate:
          return quietly(takeOf(shard, () => untilRead(shard, event.d.guild_id ?? directPart))(event.d));
        case Events.MessageUpdate:
        case Events.MessageDelete:
          return quietly(
            inbound.event(event, {
              persist: (work) => untilTaken('an edit', work),
              before: () => untilRead(shard, event.d.guild_id ?? directPart),
            }),
          );
        case Events.InteractionCreate:
          return deps.interact(event);
        default:
          return;
      }
    },
    stop: async () => stopping.abort(),
  };
}
