import { type APIChannel, ChannelType, Routes } from 'discord.js';
import type { DiscordCalls } from './calls.ts';

/** Where a message stands. */
export interface Place {
  kind: 'channel' | 'thread' | 'direct';
  guild: string | null;
  /** Of a thread: the channel that it hangs on. */
  parent: string | null;
}

export interface Channels {
  /** What a channel is; Discord is asked once, where the gateway has not said. @throws as `DiscordCalls.call` */
  place(channel: string, guild: string | undefined): Promise<Place>;
  /** Notes what the gateway says of a channel. */
  note(channel: NotedChannel, guild?: string): void;
}

export interface NotedChannel {
  id: string;
  type: ChannelType;
  guild_id?: string;
  parent_id?: string | null;
}

/** Bounded: what is forgotten is asked for again. */
const mostKept = 20_000;
const threadTypes = [ChannelType.PublicThread, ChannelType.PrivateThread, ChannelType.AnnouncementThread];

/** Facts about channels that never change: what they are, and what they hang on. */
export function openChannels(calls: DiscordCalls): Channels {
  const kept = new Map<string, Place>();

  function note(channel: NotedChannel, guild?: string): Place {
    const isThread = threadTypes.includes(channel.type);
    const isDirect = channel.type === ChannelType.DM || channel.type === ChannelType.GroupDM;
    const place: Place = {
      kind: isThread ? 'thread' : isDirect ? 'direct' : 'channel',
      guild: channel.guild_id ?? guild ?? null,
      parent: isThread ? (channel.parent_id ?? null) : null,
    };
    if (kept.size >= mostKept) kept.delete(kept.keys().next().value ?? '');
    kept.set(channel.id, place);
    return place;
  }

  return {
    note,
    place: async (channel, guild) => {
      if (guild === undefined) return { kind: 'direct', guild: null, parent: null };
      const known = kept.get(channel);
      if (known) return known;
      const asked = await calls.call<APIChannel>('GET', Routes.channel(channel), { needs: 'View Channel' });
      return note(asked as NotedChannel, guild);
    },
  };
}
