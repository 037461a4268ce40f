import { setTimeout as sleep } from 'node:timers/promises';
import {
  GatewayDispatchEvents as Events,
  type GatewayDispatchPayload,
  type GatewayGuildCreateDispatchData,
  type GatewayInteractionCreateDispatch,
} from 'discord-api-types/v10';
import type { Log } from '#core/log.ts';
import type { CatchUp } from './catch-up.ts';
import type { Channels, NotedChannel } from './channels.ts';
import type { DiscordInbound } from './inbound.ts';
import { openProgress } from './progress.ts';
import type { DiscordSaid } from './types.ts';

export interface ListenDeps {
  inbound: DiscordInbound;
  channels: Channels;
  catchUp(take: (message: DiscordSaid) => Promise<void>): CatchUp;
  /** Direct conversations that we know of. */
  directs(): Promise<string[]>;
  interact(event: GatewayInteractionCreateDispatch): void;
  /** A guild that we have been invited to just now. */
  welcome(guild: GatewayGuildCreateDispatchData): Promise<void>;
  noteGuild(id: string, name: string): void;
  log: Log;
}

export interface Listening {
  event(event: GatewayDispatchPayload): void;
  /** Everything up to this message is settled. */
  position(): string;
  stop(): Promise<void>;
}

const retryMs = { first: 500, most: 30_000 };

/**
 * Takes what the gateway sends, and what it does not send: after READY every guild is read from `from` on. Nothing is
 * given up: what fails is tried again until it is settled or another process takes over from the last position.
 */
export function listen(from: string, deps: ListenDeps): Listening {
  const { inbound, channels, log } = deps;
  const stopping = new AbortController();
  const progress = openProgress();
  /** Where reading begins after the next READY: nothing after it is known to be settled. */
  let floor = from;
  /** Parts of the gap that are still to be read: guilds of the last READY, and direct conversations. */
  /** Guilds that we were in when the connection began. */
  const joined = new Set<string>();
  const unread = new Set<string>();
  let complete = false;

  async function untilDone(what: string, work: () => Promise<unknown>): Promise<void> {
    for (let times = 0; !stopping.signal.aborted; times += 1) {
      try {
        await work();
        return;
      } catch (error) {
        const ms = Math.min(retryMs.first * 2 ** times, retryMs.most);
        log.warn({ err: error, againInMs: ms }, `${what} could not be taken`);
        await sleep(ms, undefined, { signal: stopping.signal }).catch(() => {});
      }
    }
    throw new Error('stopped');
  }

  async function take(message: DiscordSaid): Promise<void> {
    const settle = progress.begin(message.id);
    await untilDone('a message', () => inbound.message(message));
    settle();
  }

  const catchUp = deps.catchUp(take);

  function read(part: string, work: () => Promise<void>): void {
    void untilDone('what was said meanwhile', work).then(
      () => {
        unread.delete(part);
        complete = unread.size === 0;
      },
      () => {},
    );
  }

  function ready(guilds: string[]): void {
    floor = position();
    complete = false;
    unread.clear();
    for (const id of guilds) {
      unread.add(id);
      joined.add(id);
    }
    unread.add('direct');
    read('direct', async () => {
      for (const channel of await deps.directs()) await catchUp.direct(channel, floor);
    });
  }

  async function guild(data: GatewayGuildCreateDispatchData): Promise<void> {
    deps.noteGuild(data.id, data.name);
    for (const channel of [...data.channels, ...data.threads])
      channels.note(channel as NotedChannel, data.id);
    const known = unread.has(data.id);
    const since = floor;
    if (known) read(data.id, () => catchUp.guild(data, since));
    // Not there at READY: we were invited since, perhaps while the rest was still being read.
    else if (!joined.has(data.id)) await deps.welcome(data);
  }

  function position(): string {
    const settled = progress.settled();
    return complete && settled && BigInt(settled) > BigInt(floor) ? settled : floor;
  }

  function quietly(work: Promise<unknown>): void {
    work.catch((error) => {
      if (!stopping.signal.aborted) log.warn({ err: error }, 'an event of Discord');
    });
  }

  return {
    position,
    event: (event) => {
      if (stopping.signal.aborted) return;
      switch (event.t) {
        case Events.Ready:
          return ready(event.d.guilds.map(({ id }) => id));
        case Events.GuildCreate:
          return quietly(guild(event.d as GatewayGuildCreateDispatchData));
        case Events.ChannelCreate:
        case Events.ChannelUpdate:
        case Events.ThreadCreate:
        case Events.ThreadUpdate:
          return channels.note(event.d as NotedChannel);
        case Events.MessageCreate:
          return quietly(take(event.d));
        case Events.MessageUpdate:
        case Events.MessageDelete:
          return quietly(untilDone('an edit', () => inbound.event(event)));
        case Events.InteractionCreate:
          return deps.interact(event);
        default:
          return;
      }
    },
    stop: async () => stopping.abort(),
  };
}
