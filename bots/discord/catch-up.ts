import { type APIMessage, type APIThreadList, type GatewayGuildCreateDispatchData, Routes } from 'discord.js';
import type { Log } from '#core/log.ts';
import type { DiscordCalls } from './calls.ts';
import type { DiscordSaid } from './types.ts';
import { instantOf, laterOf, snowflakeAt } from './types.ts';

export interface CatchUpDeps {
  calls: DiscordCalls;
  take(message: DiscordSaid): Promise<void>;
  log: Log;
}

const pageOfMessages = 100;
/** Channels that are read at once: the answers to people go through the same limits. */
const atOnce = 4;

interface Place {
  id: string;
  last_message_id?: string | null;
}

type ArchivedThread = Place & { thread_metadata?: { archive_timestamp: string } };

export interface CatchUp {
  /**
   * Reads what was said since `position` in a guild's channels and active threads, and in those that were archived since
   * then below `parents`. @throws when one could not be read
   */
  guild(guild: GatewayGuildCreateDispatchData, position: string, parents: Set<string>): Promise<void>;
  /** Reads what was said in one direct conversation. */
  direct(channel: string, position: string): Promise<void>;
}

/**
 * After READY without RESUME Discord sends nothing of what was said meanwhile: it is read. Ids rise with time over all
 * of Discord, so one position stands for every channel, and a channel's `last_message_id` says whether there is anything.
 */
export function openCatchUp({ calls, take, log }: CatchUpDeps): CatchUp {
  async function readChannel(channel: string, after: string, guild: string | undefined): Promise<void> {
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

  /** Threads of a channel that were archived after this: READY lists only the active ones. */
  async function archived(channel: string, after: string): Promise<Place[]> {
    const found: Place[] = [];
    await readOrSkip(async () => {
      const query = new URLSearchParams({ limit: String(pageOfMessages) });
      for (let more = true; more; ) {
        // "Threads are ordered by archive_timestamp, in descending order" (resources/channel#list-public-archived-threads).
        const page = await calls.call<APIThreadList & { has_more: boolean }>(
          'GET',
          Routes.channelThreads(channel, 'public'),
          { query: new URLSearchParams(query), needs: 'Read Message History' },
        );
        const threads = page.threads as ArchivedThread[];
        const recent = threads.filter((one) => archivedAt(one) >= instantOf(after).toISOString());
        found.push(...recent);
        more = page.has_more && recent.length > 0 && recent.length === threads.length;
        query.set('before', archivedAt(threads.at(-1)));
      }
    }, channel);
    return found;
  }

  /** What we may not read is nobody's gap; everything else is tried again. */
  async function readOrSkip(work: () => Promise<void>, channel: string): Promise<void> {
    try {
      await work();
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'platform.refused') throw error;
      log.debug({ err: error, channel }, 'a channel is not for us to read');
    }
  }

  return {
    guild: async (guild, position, parents) => {
      const after = laterOf(position, snowflakeAt(new Date(guild.joined_at)));
      const channels = guild.channels.filter(({ id }) => parents.has(id));
      const closed: Place[] = [];
      await inParallel(channels, async ({ id }) => void closed.push(...(await archived(id, after))));
      let read = 0;
      // A thread begins with a message of its channel: what was said in it comes after that one (I3).
      for (const places of [guild.channels, [...guild.threads, ...closed]] as Place[][]) {
        const gaps = places.filter(({ last_message_id: last }) => last && BigInt(last) > BigInt(after));
        await inParallel(gaps, ({ id }) => readOrSkip(() => readChannel(id, after, guild.id), id));
        read += gaps.length;
      }
      if (read > 0) log.info({ guild: guild.id, channels: read }, 'read what was said meanwhile');
    },
    direct: (channel, position) => readOrSkip(() => readChannel(channel, position, undefined), channel),
  };
}

async function inParallel<T>(all: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  const queue = [...all];
  const next = async (): Promise<void> => {
    for (let one = queue.shift(); one; one = queue.shift()) await work(one);
  };
  await Promise.all(Array.from({ length: atOnce }, next));
}

/** ISO 8601. */
function archivedAt(thread: ArchivedThread | undefined): string {
  return new Date(thread?.thread_metadata?.archive_timestamp ?? 0).toISOString();
}
