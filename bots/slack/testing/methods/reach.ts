import type { Desk } from '../desk.ts';
import { type JsonObject, textAt } from '../json.ts';
import { type Rule, refuse, rules } from '../refusals.ts';
import { directChannel, type TwinChannel, type World } from '../world.ts';

type Area = 'history' | 'read' | 'write';

const prefixes = { channel: 'channels', group: 'groups', mpim: 'mpim', im: 'im' } as const;

/** The scope for a conversation of this kind: `channels:history`, `groups:history` or `im:history`, and so on. */
export const scopesByKind =
  (area: Area) =>
  (args: JsonObject, world: World): string[] => {
    const channel = world.channels.get(textAt(args, 'channel') ?? '');
    return channel ? [`${prefixes[channel.kind]}:${area}`] : [];
  };

/** A required argument, or `invalid_arguments`. */
export function need(args: JsonObject, key: string): string {
  const value = textAt(args, key);
  if (!value) refuse(rules.invalidArguments, [`missing required field: ${key}`]);
  return value;
}

/** A conversation that the app may know of: public ones, and those it is in. */
export function visible(desk: Desk, id: string | undefined, rule: Rule = rules.channelNotFound): TwinChannel {
  const { world } = desk;
  const channel = world.channels.get(id ?? '');
  if (!channel || (channel.kind !== 'channel' && !channel.members.has(world.app.user.id))) refuse(rule);
  return channel;
}

/** Where the app may post now; a user's id stands for the direct channel with them. */
export function writable(desk: Desk, id: string | undefined): TwinChannel {
  const { world, ids } = desk;
  const user = world.users.get(id ?? '');
  const channel = user && !user.botId ? directChannel(world, ids, user) : visible(desk, id);
  if (channel.archived) refuse(rules.isArchived);
  if (!channel.members.has(world.app.user.id)) refuse(rules.notInChannel);
  return channel;
}
