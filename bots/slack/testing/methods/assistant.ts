import { rootOf } from '../changes.ts';
import { type Desk, type Method, scope } from '../desk.ts';
import { type JsonObject, textAt } from '../json.ts';
import { numbers } from '../numbers.ts';
import { refuse, rules } from '../refusals.ts';
import { statusKey } from '../world.ts';
import { need, visible } from './reach.ts';

/** "Sending an empty string in the `status` field will also clear the status indicator." */
function setStatus(args: JsonObject, desk: Desk): JsonObject {
  const { world, clock, switches } = desk;
  if (switches.plan === 'free') refuse(rules.noAgents);
  const channel = visible(desk, need(args, 'channel_id'), rules.statusChannel);
  const root = rootOf(desk, channel.id, need(args, 'thread_ts')) ?? refuse(rules.statusThread);
  const text = textAt(args, 'status');
  if (text === undefined) refuse(rules.invalidArguments, ['missing required field: status']);
  const key = statusKey(channel.id, root);
  if (text === '') world.statuses.delete(key);
  else world.statuses.set(key, { text, dueMs: clock.now() + numbers.statusMs.value });
  world.bell.emit('change');
  return {};
}

export const assistant: Record<string, Method> = {
  'assistant.threads.setStatus': { tier: 'special', scopes: scope('chat:write'), run: setStatus },
};
