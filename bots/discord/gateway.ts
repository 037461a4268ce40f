import { setTimeout as sleep } from 'node:timers/promises';
// By the name of its own package: `discord.js` hides it behind its Client's class of the same name.
import { type SessionInfo, WebSocketManager, WebSocketShardEvents } from '@discordjs/ws';
import { type GatewayDispatchPayload, GatewayIntentBits, type REST } from 'discord.js';
import { messageOf } from '#core/errors.ts';
import type { Log } from '#core/log.ts';

export interface GatewayOptions {
  token: string;
  rest: REST;
  /** Also what people write without a mention. */
  content: boolean;
  onEvent(event: GatewayDispatchPayload, shard: number): void;
  log: Log;
}

export interface Gateway {
  connected(): boolean;
  close(): Promise<void>;
}

/** The least that is needed: guilds for channels and threads, messages there and in direct conversations. */
const intents = GatewayIntentBits.Guilds | GatewayIntentBits.GuildMessages | GatewayIntentBits.DirectMessages;

/** Codes after which discord.js gives up (topics/opcodes-and-status-codes#gateway-gateway-close-event-codes). */
const faults: Record<number, string> = {
  4004: 'Discord does not know DISCORD_TOKEN: copy the token of your bot again (docs/discord.md)',
  4010: 'Discord refuses the shard',
  4011: 'Discord wants this bot to be sharded',
  4012: 'Discord no longer speaks this version of its gateway',
  4013: 'Discord refuses the intents',
  4014: 'the message content intent has been switched off in the Developer Portal',
};
const closingMs = 1_000;
const retryMs = { first: 1_000, most: 60_000 };

/**
 * The connection to Discord, with as many shards as Discord recommends; discord.js's own reconnects, resumes and
 * counts identifies. What it gives up on is tried again, once a minute at most: "1000 IDENTIFY calls in a 24-hour
 * period" (events/gateway#identifying).
 */
export function openGateway({ token, rest, content, onEvent, log }: GatewayOptions): Gateway {
  const stopping = new AbortController();
  const ended = new WeakSet<WebSocketManager>();
  const never = new Promise<null>(() => {});
  let manager: WebSocketManager | null = null;
  let ready = false;

  async function run(): Promise<void> {
    for (let times = 0; !stopping.signal.aborted; times += 1) {
      const end = Promise.withResolvers<string>();
      const mine = build(
        (why) => end.resolve(why),
        () => {
          times = 0;
        },
      );
      manager = mine;
      const why = await Promise.race([mine.connect().then(() => end.promise), end.promise]).catch(messageOf);
      ready = false;
      await endOf(mine);
      if (stopping.signal.aborted) return;
      const ms = Math.min(retryMs.first * 2 ** times, retryMs.most);
      log.error({ againInMs: ms }, `Discord is not connected: ${why}`);
      await sleep(ms, undefined, { signal: stopping.signal }).catch(() => {});
    }
  }

  /** A shard that is destroyed while it waits for an event destroys itself once more, and forgets whom to tell that it is done. */
  async function endOf(mine: WebSocketManager): Promise<void> {
    ended.add(mine);
    const destroyed = Promise.resolve(mine.destroy()).catch(() => {});
    await Promise.race([destroyed, sleep(closingMs)]);
  }

  function build(onEnd: (why: string) => void, onReady: () => void): WebSocketManager {
    // discord.js keeps sessions in one place for the whole process by default: ours are this connection's.
    const sessions = new Map<number, SessionInfo>();
    const mine = new WebSocketManager({
      token,
      rest,
      intents: intents | (content ? GatewayIntentBits.MessageContent : 0),
      // A shard that is between two connections does not hear that it is destroyed, and would connect again: what it
      // asks for before every connection never comes then.
      retrieveSessionInfo: (shard) => (ended.has(mine) ? never : (sessions.get(shard) ?? null)),
      updateSessionInfo: (shard, session) => {
        if (session) sessions.set(shard, session);
        else sessions.delete(shard);
      },
    });
    mine.on(WebSocketShardEvents.Dispatch, ({ data, shardId }) => {
      if (mine === manager) onEvent(data, shardId);
    });
    const up = (): void => {
      ready = true;
      onReady();
    };
    mine.on(WebSocketShardEvents.Ready, up);
    mine.on(WebSocketShardEvents.Resumed, up);
    mine.on(WebSocketShardEvents.Error, ({ error }) => log.warn({ err: error }, 'the gateway of Discord'));
    mine.on(WebSocketShardEvents.Closed, ({ code }) => {
      ready = false;
      if (faults[code]) onEnd(faults[code]);
    });
    return mine;
  }

  const running = run();
  return {
    connected: () => ready,
    close: async () => {
      stopping.abort();
      ready = false;
      if (manager) await endOf(manager);
      await Promise.race([running, sleep(closingMs)]);
    },
  };
}
