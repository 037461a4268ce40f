import { addMessage, changeMessage, removeMessage, rootOf } from '../changes.ts';
import { type Desk, type Method, scope } from '../desk.ts';
import { type JsonObject, textAt } from '../json.ts';
import { numbers } from '../numbers.ts';
import { type Rule, refuse, rules } from '../refusals.ts';
import { messageOnWire } from '../wire.ts';
import { findMessage, type TwinMessage } from '../world.ts';
import { readContent, readMetadata } from './content.ts';
import { need, visible, writable } from './reach.ts';

/** The root for `thread_ts`, when one is given. */
export function threadFor(desk: Desk, channel: string, args: JsonObject): string | undefined {
  const asked = textAt(args, 'thread_ts');
  if (!asked) return undefined;
  return rootOf(desk, channel, asked) ?? refuse(rules.threadGone);
}

/** A message of the app's own; others are refused with the method's own rule. */
function own(desk: Desk, channel: string, ts: string, missing: Rule, foreign: Rule): TwinMessage {
  const message = findMessage(desk.world, channel, ts) ?? refuse(missing);
  if (message.botId !== desk.world.app.user.botId) refuse(foreign);
  return message;
}

/** Text alone is cut at 40,000 characters, and what is long becomes several messages. */
function parts(text: string, hasBlocks: boolean): string[] {
  const kept = text.slice(0, numbers.textCharacters.value);
  if (hasBlocks || kept.length <= numbers.splitAboveCharacters.value) return [kept];
  const size = numbers.splitCharacters.value;
  return Array.from({ length: Math.ceil(kept.length / size) }, (_, at) =>
    kept.slice(at * size, (at + 1) * size),
  );
}

function postMessage(args: JsonObject, desk: Desk): JsonObject {
  const channel = writable(desk, need(args, 'channel'));
  const { text, blocks } = readContent(desk, args);
  const metadata = readMetadata(args);
  const threadTs = threadFor(desk, channel.id, args);
  const { id: user, botId } = desk.world.app.user;
  const said = parts(text, blocks.length > 0).map((part, index) =>
    addMessage(desk, {
      channel: channel.id,
      user,
      botId,
      text: part,
      blocks,
      threadTs,
      metadata: index === 0 ? metadata : undefined,
    }),
  );
  // Assumed: of a split post the answer names the first part, which carries the metadata.
  const [first] = said;
  if (!first) throw new Error('a post has at least one part');
  return {
    channel: channel.id,
    ts: first.ts,
    message: messageOnWire(desk.world, desk.origin(), first, { metadata: true }),
  };
}

function update(args: JsonObject, desk: Desk): JsonObject {
  const channel = visible(desk, need(args, 'channel'));
  const message = own(desk, channel.id, need(args, 'ts'), rules.updateNotFound, rules.cantUpdate);
  if (channel.archived) refuse(rules.updateArchived);
  if (message.stream?.state === 'open') refuse(rules.updateStreaming);
  const { text, blocks } = readContent(desk, args);
  if (args.markdown_text === undefined && text.length > numbers.updateTextCharacters.value)
    refuse(rules.textTooLong);
  // "If you don't include this field, the message's previous metadata will be retained" (chat.update, metadata).
  const metadata = readMetadata(args) ?? message.metadata;
  // Reported of real workspaces: an update of a streamed message loses its task cards.
  if (message.stream) message.stream.chunks = [];
  changeMessage(desk, message, { text, blocks, metadata }, desk.world.app.user.id);
  return {
    channel: channel.id,
    ts: message.ts,
    text,
    message: messageOnWire(desk.world, desk.origin(), message, { metadata: true }),
  };
}

function remove(args: JsonObject, desk: Desk): JsonObject {
  const channel = visible(desk, need(args, 'channel'));
  const message = own(desk, channel.id, need(args, 'ts'), rules.deleteNotFound, rules.cantDelete);
  removeMessage(desk, message);
  return { channel: channel.id, ts: message.ts };
}

function postEphemeral(args: JsonObject, desk: Desk): JsonObject {
  const channel = writable(desk, need(args, 'channel'));
  const user = need(args, 'user');
  if (!channel.members.has(user)) refuse(rules.userNotInChannel);
  const { text, blocks } = readContent(desk, args);
  const ts = desk.ids.ts();
  // "delivery is not guaranteed" (chat.postEphemeral): the switch loses it without a word.
  if (desk.switches.ephemerals)
    desk.world.ephemerals.push({
      user,
      channel: channel.id,
      ts,
      threadTs: textAt(args, 'thread_ts'),
      text,
      blocks,
    });
  desk.world.bell.emit('change');
  return { message_ts: ts };
}

function getPermalink(args: JsonObject, desk: Desk): JsonObject {
  const channel = visible(desk, need(args, 'channel'));
  const ts = need(args, 'message_ts');
  const message = findMessage(desk.world, channel.id, ts) ?? refuse(rules.permalinkNotFound);
  const thread = message.threadTs ? `?thread_ts=${message.threadTs}&cid=${channel.id}` : '';
  const path = `archives/${channel.id}/p${ts.replace('.', '')}${thread}`;
  return { channel: channel.id, permalink: `https://${desk.world.team.domain}.slack.com/${path}` };
}

export const chat: Record<string, Method> = {
  'chat.postMessage': { tier: 'special', scopes: scope('chat:write'), run: postMessage },
  'chat.update': { tier: 'tier3', scopes: scope('chat:write'), run: update },
  'chat.delete': { tier: 'tier3', scopes: scope('chat:write'), run: remove },
  'chat.postEphemeral': { tier: 'tier4', scopes: scope('chat:write'), run: postEphemeral },
  'chat.getPermalink': { tier: 'special', run: getPermalink },
};
