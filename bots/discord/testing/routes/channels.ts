import type { Call, Route } from '../call.ts';
import { numbers } from '../numbers.ts';
import { refuse, rules } from '../refusals.ts';
import { channelOnWire, userOnWire } from '../wire.ts';
import { addChannel, addMessage, type Json, type World } from '../world.ts';
import { channelFor, messageIn, need } from './messages.ts';

/** "The id of the created thread will be the same as the id of the source message" (resources/channel). */
function startThread(call: Call): Json {
  const { world, body } = call;
  const channel = channelFor(call, call.params[0]);
  if (channel.kind !== 'text') refuse(rules.wrongChannel);
  need(world, channel, 'CREATE_PUBLIC_THREADS');
  const source = messageIn(channel, call.params[1]);
  const name = String(body.name ?? '');
  if (!name || name.length > numbers.threadNameCharacters.value) refuse(rules.invalidForm, 'name');
  if (world.channels.has(source.id)) refuse(rules.threadExists);
  const thread = addChannel(world, {
    id: source.id,
    kind: 'thread',
    name,
    guildId: channel.guildId,
    parentId: channel.id,
  });
  // "THREAD_STARTER_MESSAGE is a new message sent as the first message in threads that are started from an existing message"
  addMessage(world, { channelId: thread.id, authorId: source.authorId, content: '', type: 21 });
  const wire = channelOnWire(world, thread);
  world.dispatch('THREAD_CREATE', { ...wire, newly_created: true }, {});
  return wire;
}

/** The conversation with one person; made when there is none. */
export function directChannel(world: World, recipient: string) {
  const known = [...world.channels.values()].find((one) => one.kind === 'dm' && one.recipient === recipient);
  return known ?? addChannel(world, { kind: 'dm', name: '', recipient });
}

/** "Returns archived threads in the channel that are public … ordered by archive_timestamp, in descending order. Requires the READ_MESSAGE_HISTORY permission." (resources/channel#list-public-archived-threads) */
function listArchived(call: Call): Json {
  const { world, query } = call;
  const channel = channelFor(call, call.params[0]);
  need(world, channel, 'READ_MESSAGE_HISTORY');
  const limit = Number(query.get('limit') ?? 50);
  const before = Date.parse(query.get('before') ?? '9999-01-01');
  const all = [...world.channels.values()]
    .filter((one) => one.parentId === channel.id && one.archived && one.archivedMs < before)
    .sort((a, b) => b.archivedMs - a.archivedMs);
  const threads = all.slice(0, limit).map((one) => channelOnWire(world, one));
  return { threads, members: [], has_more: all.length > limit };
}

export const channelRoutes: Route[] = [
  { method: 'GET', path: /^\/channels\/(\d+)\/threads\/archived\/public$/, answer: listArchived },
  { method: 'POST', path: /^\/channels\/(\d+)\/messages\/(\d+)\/threads$/, answer: startThread },
  {
    method: 'GET',
    path: /^\/channels\/(\d+)$/,
    answer: (call) => channelOnWire(call.world, channelFor(call, call.params[0])),
  },
  {
    method: 'POST',
    path: /^\/users\/@me\/channels$/,
    answer: ({ world, body }) => {
      const user = world.users.get(String(body.recipient_id)) ?? refuse(rules.unknownUser);
      return channelOnWire(world, directChannel(world, user.id));
    },
  },
  { method: 'GET', path: /^\/users\/@me$/, answer: ({ world }) => userOnWire(world.app.user) },
  {
    method: 'GET',
    path: /^\/gateway\/bot$/,
    answer: ({ origin, world: { shards } }) => ({
      ...{ url: origin.replace('http', 'ws'), shards },
      // "max_concurrency: Number of identify requests allowed per 5 seconds": as many as there are shards.
      session_start_limit: { total: 1000, remaining: 1000, reset_after: 0, max_concurrency: shards },
    }),
  },
  {
    method: 'GET',
    path: /^\/applications\/@me$/,
    // GATEWAY_MESSAGE_CONTENT_LIMITED: "Intent required for bots in under 100 servers to receive message content" (resources/application)
    answer: ({ world }) => ({
      id: world.app.id,
      name: 'Deckhand',
      flags: world.app.messageContent ? 1 << 19 : 0,
      bot: userOnWire(world.app.user),
    }),
  },
];
