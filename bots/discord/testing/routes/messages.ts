import type { Call, Route } from '../call.ts';
import { checkMessage, numbered, type Upload } from '../check-message.ts';
import { announce } from '../gateway.ts';
import { numbers } from '../numbers.ts';
import { refuse, rules } from '../refusals.ts';
import { messageOnWire, stripContent } from '../wire.ts';
import {
  addMessage,
  type Json,
  type Permission,
  permissionsIn,
  type TwinChannel,
  type TwinMessage,
  type World,
} from '../world.ts';

/** A channel that the bot may see. */
export function channelFor({ world }: Call, id = ''): TwinChannel {
  const channel = world.channels.get(id) ?? refuse(rules.unknownChannel);
  need(world, channel, 'VIEW_CHANNEL', rules.missingAccess);
  return channel;
}

export function need(
  world: World,
  channel: TwinChannel,
  permission: Permission,
  rule: (typeof rules)[keyof typeof rules] = rules.missingPermission,
): void {
  if (channel.kind !== 'dm' && !permissionsIn(world, channel).has(permission)) refuse(rule);
}

export function messageIn(channel: TwinChannel, id = ''): TwinMessage {
  return channel.messages.get(id) ?? refuse(rules.unknownMessage);
}

/** Users whom a text pings, as `allowed_mentions` lets it: in regular messages all that it names, when left out. */
function pinged(world: World, body: Json): { mentions: string[]; mentionEveryone: boolean } {
  const text = JSON.stringify([body.content ?? '', body.components ?? []]);
  const allowed = body.allowed_mentions as { parse?: string[]; users?: string[] } | undefined;
  const parse = allowed ? (allowed.parse ?? []) : ['users', 'roles', 'everyone'];
  const named = [...text.matchAll(/<@!?(\d+)>/g)]
    .map(([, id]) => id ?? '')
    .filter((id) => world.users.has(id));
  const mentions = named.filter((id) => parse.includes('users') || allowed?.users?.includes(id));
  return {
    mentions: [...new Set(mentions)],
    mentionEveryone: parse.includes('everyone') && /@(everyone|here)/.test(text),
  };
}

export const filesOf = (world: World, files: Upload[]) =>
  files.map((file) => ({ id: world.snowflake(), ...file }));

/** A message of the bot's, by whatever way it came. */
export function post(call: Call, channel: TwinChannel, body: Json, files: Upload[]): TwinMessage {
  const { world } = call;
  checkMessage(body, files);
  const reference = body.message_reference as
    | { message_id?: string; fail_if_not_exists?: boolean }
    | undefined;
  if (reference?.message_id && reference.fail_if_not_exists !== false) {
    if (!channel.messages.has(reference.message_id)) refuse(rules.invalidForm, 'message_reference');
  }
  const replies = reference?.message_id !== undefined && channel.messages.has(reference.message_id);
  const message = addMessage(world, {
    channelId: channel.id,
    authorId: world.app.user.id,
    content: String(body.content ?? '').trim(),
    components: numbered((body.components ?? []) as Json[]),
    flags: Number(body.flags ?? 0),
    nonce: body.nonce === undefined ? undefined : String(body.nonce),
    files: filesOf(world, files),
    ...(replies ? { type: 19, replyTo: reference.message_id } : {}),
    ...pinged(world, body),
  });
  announce(world, 'MESSAGE_CREATE', message, messageOnWire(world, call.origin, message));
  return message;
}

function create(call: Call): Json {
  const { world, body, files } = call;
  const channel = channelFor(call, call.params[0]);
  need(world, channel, channel.kind === 'thread' ? 'SEND_MESSAGES_IN_THREADS' : 'SEND_MESSAGES');
  if (files.length > 0) need(world, channel, 'ATTACH_FILES');
  if (body.message_reference) need(world, channel, 'READ_MESSAGE_HISTORY');
  if (channel.locked && !permissionsIn(world, channel).has('MANAGE_THREADS')) refuse(rules.threadLocked);
  if (body.nonce !== undefined && body.enforce_nonce === true) {
    const since = world.clock.now() - numbers.nonceMs.value;
    for (const message of channel.messages.values()) {
      // "If another message was created by the same author with the same nonce, that message will be returned"
      if (message.nonce === String(body.nonce) && message.createdMs > since)
        return messageOnWire(world, call.origin, message);
    }
  }
  return messageOnWire(world, call.origin, post(call, channel, body, files));
}

/** Changes a message as an edit says. */
export function change(call: Call, message: TwinMessage, body: Json, files: Upload[]): void {
  const { world } = call;
  checkMessage(body, files, { edit: true, flags: message.flags });
  message.flags |= Number(body.flags ?? 0);
  if (body.content !== undefined) message.content = String(body.content ?? '').trim();
  if (body.components !== undefined) message.components = numbered((body.components ?? []) as Json[]);
  if (body.attachments !== undefined) {
    const kept = new Set((body.attachments as Json[]).map(({ id }) => String(id)));
    message.files = message.files.filter(({ id }) => kept.has(id));
  }
  message.files.push(...filesOf(world, files));
  message.editedMs = world.clock.now();
  Object.assign(message, pinged(world, body));
  announce(world, 'MESSAGE_UPDATE', message, messageOnWire(world, call.origin, message));
  world.bell.emit('change');
}

function edit(call: Call): Json {
  const { world } = call;
  const channel = channelFor(call, call.params[0]);
  const message = messageIn(channel, call.params[1]);
  if (message.authorId !== world.app.user.id) refuse(rules.notAuthor);
  if (channel.archived) refuse(rules.archived);
  if (channel.locked) refuse(rules.threadLocked);
  if (world.clock.now() - message.createdMs > numbers.oldMessageMs.value) {
    message.oldEdits += 1;
    if (message.oldEdits > numbers.oldEdits.value) refuse(rules.oldEdit);
  }
  change(call, message, call.body, call.files);
  return messageOnWire(world, call.origin, message);
}

function shown(call: Call, message: TwinMessage): Json {
  const wire = messageOnWire(call.world, call.origin, message);
  return call.world.app.messageContent ? wire : stripContent(call.world, message, wire);
}

function list(call: Call): Json[] {
  const { world, query } = call;
  const channel = channelFor(call, call.params[0]);
  // "If the current user is missing the `READ_MESSAGE_HISTORY` permission in the channel, then no messages will be returned."
  if (channel.kind !== 'dm' && !permissionsIn(world, channel).has('READ_MESSAGE_HISTORY')) return [];
  const limit = Number(query.get('limit') ?? 50);
  if (!(limit >= 1 && limit <= numbers.pageOfMessages.value)) refuse(rules.invalidForm, 'limit');
  const [before, after] = [query.get('before'), query.get('after')];
  if (before && after) refuse(rules.invalidForm, 'before');
  const all = [...channel.messages.values()].sort((a, b) => (BigInt(a.id) < BigInt(b.id) ? -1 : 1));
  const page = after
    ? all.filter(({ id }) => BigInt(id) > BigInt(after)).slice(0, limit)
    : all.filter(({ id }) => !before || BigInt(id) < BigInt(before)).slice(-limit);
  return page.reverse().map((message) => shown(call, message));
}

const channelMessages = /^\/channels\/(\d+)\/messages$/;
const oneMessage = /^\/channels\/(\d+)\/messages\/(\d+)$/;

export const messageRoutes: Route[] = [
  { method: 'POST', path: channelMessages, answer: create },
  { method: 'GET', path: channelMessages, answer: list },
  { method: 'PATCH', path: oneMessage, answer: edit },
  {
    method: 'GET',
    path: oneMessage,
    answer: (call) => shown(call, messageIn(channelFor(call, call.params[0]), call.params[1])),
  },
  {
    method: 'PUT',
    path: /^\/channels\/(\d+)\/messages\/(\d+)\/reactions\/([^/]+)\/@me$/,
    answer: (call) => {
      const channel = channelFor(call, call.params[0]);
      need(call.world, channel, 'ADD_REACTIONS');
      messageIn(channel, call.params[1]).reactions.add(call.params[2] ?? '');
      call.world.bell.emit('change');
      return undefined;
    },
  },
  {
    method: 'DELETE',
    path: /^\/channels\/(\d+)\/messages\/(\d+)\/reactions\/([^/]+)\/@me$/,
    answer: (call) => {
      messageIn(channelFor(call, call.params[0]), call.params[1]).reactions.delete(call.params[2] ?? '');
      call.world.bell.emit('change');
      return undefined;
    },
  },
  {
    method: 'POST',
    path: /^\/channels\/(\d+)\/typing$/,
    answer: (call) => {
      const channel = channelFor(call, call.params[0]);
      call.world.typing.push({ channelId: channel.id, atMs: call.world.clock.now() });
      call.world.bell.emit('change');
      return undefined;
    },
  },
];
