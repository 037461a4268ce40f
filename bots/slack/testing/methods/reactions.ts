import { type Desk, type Method, scope } from '../desk.ts';
import { type JsonObject, textAt } from '../json.ts';
import { refuse, rules } from '../refusals.ts';
import { findMessage, type TwinMessage } from '../world.ts';
import { need, visible } from './reach.ts';

function target(args: JsonObject, desk: Desk): { message: TwinMessage; name: string } {
  const channel = visible(desk, need(args, 'channel'));
  const name = textAt(args, 'name') ?? '';
  if (!/^[\w+-]+(::skin-tone-[2-6])?$/.test(name)) refuse(rules.invalidName);
  if (channel.archived) refuse(rules.isArchived);
  const message = findMessage(desk.world, channel.id, need(args, 'timestamp')) ?? refuse(rules.reactNotFound);
  return { message, name };
}

function add(args: JsonObject, desk: Desk): JsonObject {
  const { message, name } = target(args, desk);
  const users = message.reactions.get(name) ?? new Set<string>();
  if (users.has(desk.world.app.user.id)) refuse(rules.alreadyReacted);
  users.add(desk.world.app.user.id);
  message.reactions.set(name, users);
  desk.world.bell.emit('change');
  return {};
}

function remove(args: JsonObject, desk: Desk): JsonObject {
  const { message, name } = target(args, desk);
  const users = message.reactions.get(name);
  if (!users?.delete(desk.world.app.user.id)) refuse(rules.noReaction);
  if (users.size === 0) message.reactions.delete(name);
  desk.world.bell.emit('change');
  return {};
}

export const reactions: Record<string, Method> = {
  'reactions.add': { tier: 'tier3', scopes: scope('reactions:write'), run: add },
  'reactions.remove': { tier: 'tier2', scopes: scope('reactions:write'), run: remove },
};
