import { channelOnWire, memberOnWire, userOnWire } from './wire.ts';
import type { Json, TwinMessage, World } from './world.ts';

/** An interaction that was sent to the bot. */
export interface Pending {
  id: string;
  token: string;
  kind: number;
  userId: string;
  channelId: string;
  message: TwinMessage | undefined;
  atMs: number;
  answer: { type: number; data: Json; afterMs: number } | null;
  ephemeral: boolean;
  /** What followed an answer that only said "thinking". */
  followed: Json | null;
  /** What the bot said first, when it did so for all to see. */
  original: TwinMessage | undefined;
}

export interface Interactions {
  byId(id: string): Pending | undefined;
  byToken(token: string): Pending | undefined;
  all(): Pending[];
  /** Sends one to the bot. `message`: as it is shown where a component of it was used. */
  send(facts: {
    kind: number;
    userId: string;
    channelId: string;
    data: Json;
    message?: { twin: TwinMessage; wire: Json };
  }): Pending;
}

/** Interactions, as the gateway sends them (interactions/receiving-and-responding#interaction-object). */
export function createInteractions(world: World): Interactions {
  const all = new Map<string, Pending>();
  return {
    byId: (id) => all.get(id),
    byToken: (token) => [...all.values()].find((one) => one.token === token),
    all: () => [...all.values()],
    send: ({ kind, userId, channelId, data, message }) => {
      const channel = world.channels.get(channelId);
      const user = world.users.get(userId);
      if (!channel || !user) throw new Error('an interaction needs a channel and a user');
      const id = world.snowflake();
      const pending: Pending = {
        ...{ id, token: `token-${id}`, kind, userId, channelId, message: message?.twin },
        ...{ atMs: world.clock.now(), answer: null, ephemeral: false, followed: null, original: undefined },
      };
      all.set(id, pending);
      const who = channel.guildId
        ? { guild_id: channel.guildId, member: memberOnWire(user), guild: { id: channel.guildId } }
        : { user: userOnWire(user) };
      world.dispatch(
        'INTERACTION_CREATE',
        {
          ...{ id, token: pending.token, application_id: world.app.id, type: kind, version: 1, data },
          ...{ channel_id: channelId, channel: channelOnWire(world, channel), locale: 'en-GB', ...who },
          ...(message ? { message: message.wire } : {}),
        },
        {},
      );
      return pending;
    },
  };
}
