import { type APIMessage, type GatewayGuildCreateDispatchData, Routes } from 'discord.js';
import type { Log } from '#core/log.ts';
import type { DiscordCalls } from './calls.ts';
import type { DiscordSaid } from './types.ts';
import { instantOf, snowflakeAt } from './types.ts';

export interface CatchUpDeps {
  calls: DiscordCalls;
  take(message: DiscordSaid): Promise<void>;
  log: Log;
}

/** Ids are made by many machines of Discord's: a little before what we know is read again; what is known is taken once. */
const overlapMs = 60_000;
const pageOfMessages = 100;
/** Channels that are read at once: the answers to people go through the same limits. */
const atOnce = 4;

export interface CatchUp {
  /** Reads what was said in a guild's channels and active threads since `position`. @throws when one could not be read */
  guild(guild: GatewayGuildCreateDispatchData, position: string): Promise<void>;
  /** Reads what was said in one direct conversation. */
  direct(channel: string, position: string): Promise<void>;
}

/**
 * After READY without RESUME Discord sends nothing of what was said meanwhile: it is read. Ids rise with time over all
 * of Discord, so one position stands for every channel, and a channel's `last_message_id` says whether there is anything.
 */
export function openCatchUp({ calls, take, log }: CatchUpDeps): CatchUp {
  async function read(channel: string, after: string, guild: string | undefined): Promise<void> {
    for (let from = after; ; ) {
      const query = new URLSearchParams({ after: from, limit: String(pageOfMessages) });
      const page = await calls.call<APIMessage[]>('GET', Routes.channelMessages(channel), {
        query,
        needs: 'Read Message History',
      });
      const inOrder = page.toSorted((a, b) => (BigInt(a.id) < BigInt(b.id) ? -1 : 1));
      for (const message of inOrder) {
        const place = guild === undefined ? {} : { guild_id: guild };
        await take({ ...message, ...place } as DiscordSaid);
      }
      const last = inOrder.at(-1);
      if (!last || page.length < pageOfMessages) return;
      from = last.id;
    }
  }

  /** What we may not read is nobody's gap; everything else is tried again. */
  async function readOrSkip(channel: string, after: string, guild: string | undefined): Promise<void> {
    try {
      await read(channel, after, guild);
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'platform.refused') throw error;
      log.debug({ err: error, channel }, 'a channel is not for us to read');
    }
  }

  return {
    guild: async (guild, position) => {
      const joined = snowflakeAt(new Date(guild.joined_at));
      const after = later(earlier(position), joined);
      const places = [...guild.channels, ...guild.threads] as {
        id: string;
        last_message_id?: string | null;
      }[];
      const gaps = places.filter(({ last_message_id: last }) => last && BigInt(last) > BigInt(after));
      const queue = [...gaps];
      const work = async (): Promise<void> => {
        for (let next = queue.shift(); next; next = queue.shift()) await readOrSkip(next.id, after, guild.id);
      };
      await Promise.all(Array.from({ length: atOnce }, work));
      if (gaps.length > 0)
        log.info({ guild: guild.id, channels: gaps.length }, 'read what was said meanwhile');
    },
    direct: (channel, position) => readOrSkip(channel, earlier(position), undefined),
  };
}

function earlier(position: string): string {
  return snowflakeAt(new Date(instantOf(position).getTime() - overlapMs));
}

function later(a: string, b: string): string {
  return BigInt(a) > BigInt(b) ? a : b;
}
