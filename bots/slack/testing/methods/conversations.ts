import { join } from '../changes.ts';
import { type Desk, type Method, scope } from '../desk.ts';
import { flagAt, type JsonObject, textAt } from '../json.ts';
import { refuse, rules } from '../refusals.ts';
import { channelOnWire, messageOnWire } from '../wire.ts';
import { directChannel, findMessage, messagesIn, type TwinMessage, threadOf } from '../world.ts';
import { need, scopesByKind, visible } from './reach.ts';

/** One page of a list: `limit` of it, and a cursor to the rest. */
function page<T>(all: T[], args: JsonObject, usual: number): { rows: T[]; next: string } {
  const cursor = textAt(args, 'cursor') ?? '';
  const from = cursor ? Number(Buffer.from(cursor, 'base64url').toString().replace('at:', '')) : 0;
  if (!Number.isInteger(from)) refuse(rules.badCursor);
  const until = from + Math.min(Number(textAt(args, 'limit') ?? usual) || usual, 1_000);
  const next = until < all.length ? Buffer.from(`at:${until}`).toString('base64url') : '';
  return { rows: all.slice(from, until), next };
}

/** "Only messages after/before this timestamp"; with `inclusive` the bounds themselves too. */
function between(messages: TwinMessage[], args: JsonObject): TwinMessage[] {
  const oldest = textAt(args, 'oldest') ?? '';
  const latest = textAt(args, 'latest') ?? '9';
  const inclusive = flagAt(args, 'inclusive');
  return messages.filter(
    ({ ts }) => (ts > oldest && ts < latest) || (inclusive && (ts === oldest || ts === latest)),
  );
}

function messagePage(desk: Desk, messages: TwinMessage[], args: JsonObject, usual: number): JsonObject {
  const { rows, next } = page(messages, args, usual);
  const metadata = flagAt(args, 'include_all_metadata');
  return {
    messages: rows.map((message) => messageOnWire(desk.world, desk.origin(), message, { metadata })),
    has_more: next !== '',
    ...(next ? { response_metadata: { next_cursor: next } } : {}),
  };
}

function replies(args: JsonObject, desk: Desk): JsonObject {
  const channel = visible(desk, need(args, 'channel'));
  if (!channel.members.has(desk.world.app.user.id)) refuse(rules.historyNotIn);
  const asked = findMessage(desk.world, channel.id, need(args, 'ts')) ?? refuse(rules.repliesNotFound);
  const [root, ...rest] = threadOf(desk.world, channel.id, asked.threadTs ?? asked.ts);
  // The root comes with every page's filter: Slack lists it whatever `oldest` says (assumed).
  return messagePage(desk, [...(root ? [root] : []), ...between(rest, args)], args, 1_000);
}

function history(args: JsonObject, desk: Desk): JsonObject {
  const channel = visible(desk, need(args, 'channel'));
  if (!channel.members.has(desk.world.app.user.id)) refuse(rules.historyNotIn);
  const top = messagesIn(desk.world, channel.id).filter((message) => !message.threadTs);
  return messagePage(desk, between(top, args).reverse(), args, 100);
}

function open(args: JsonObject, desk: Desk): JsonObject {
  const asked = textAt(args, 'users');
  if (!asked) refuse(rules.noUsers);
  const user = desk.world.users.get(asked) ?? refuse(rules.openUserNotFound);
  if (user.deleted) refuse(rules.userDisabled);
  const channel = directChannel(desk.world, desk.ids, user);
  return { channel: flagAt(args, 'return_im') ? channelOnWire(desk.world, channel) : { id: channel.id } };
}

function joinChannel(args: JsonObject, desk: Desk): JsonObject {
  const channel = visible(desk, need(args, 'channel'));
  if (channel.kind !== 'channel') refuse(rules.notJoinable);
  if (channel.archived) refuse(rules.isArchived);
  join(desk, channel, desk.world.app.user.id);
  return { channel: channelOnWire(desk.world, channel) };
}

/** "List conversations the calling user may access" (docs.slack.dev/reference/methods/users.conversations). */
function mine(args: JsonObject, desk: Desk): JsonObject {
  const types = (textAt(args, 'types') ?? 'public_channel').split(',');
  const kinds = { channel: 'public_channel', group: 'private_channel', mpim: 'mpim', im: 'im' } as const;
  const all = [...desk.world.channels.values()].filter(
    ({ kind, members, archived }) =>
      types.includes(kinds[kind]) &&
      members.has(desk.world.app.user.id) &&
      !(archived && flagAt(args, 'exclude_archived')),
  );
  const { rows, next } = page(all, args, 100);
  return {
    channels: rows.map((channel) => channelOnWire(desk.world, channel)),
    response_metadata: { next_cursor: next },
  };
}

export const conversations: Record<string, Method> = {
  'users.conversations': {
    tier: 'tier3',
    scopes: scope('channels:read', 'groups:read', 'mpim:read', 'im:read'),
    run: mine,
  },
  'conversations.info': {
    tier: 'tier3',
    scopes: scopesByKind('read'),
    run: (args, desk) => ({ channel: channelOnWire(desk.world, visible(desk, need(args, 'channel'))) }),
  },
  'conversations.members': {
    tier: 'tier4',
    scopes: scopesByKind('read'),
    run: (args, desk) => {
      const { rows, next } = page([...visible(desk, need(args, 'channel')).members], args, 100);
      return { members: rows, response_metadata: { next_cursor: next } };
    },
  },
  'conversations.replies': { tier: 'tier3', scopes: scopesByKind('history'), run: replies },
  'conversations.history': { tier: 'tier3', scopes: scopesByKind('history'), run: history },
  'conversations.open': { tier: 'tier3', scopes: scope('im:write'), run: open },
  'conversations.join': { tier: 'tier3', scopes: scope('channels:join'), run: joinChannel },
};
