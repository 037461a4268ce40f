import {
  channelTypes,
  type Json,
  type TwinChannel,
  type TwinFile,
  type TwinMessage,
  type TwinUser,
  type World,
} from './world.ts';

export const userOnWire = (user: TwinUser): Json => ({
  id: user.id,
  username: user.username,
  global_name: user.globalName,
  discriminator: '0',
  avatar: null,
  bot: user.bot,
});

export const memberOnWire = (user: TwinUser): Json => ({
  user: userOnWire(user),
  nick: null,
  roles: [],
  joined_at: '2026-01-01T00:00:00.000Z',
  deaf: false,
  mute: false,
  flags: 0,
});

export function channelOnWire(world: World, channel: TwinChannel): Json {
  const last = [...channel.messages.keys()].at(-1) ?? null;
  const wire: Json = {
    id: channel.id,
    type: channelTypes[channel.kind],
    last_message_id: last,
    flags: 0,
  };
  if (channel.kind === 'dm') {
    const recipient = world.users.get(channel.recipient ?? '');
    return { ...wire, recipients: recipient ? [userOnWire(recipient)] : [] };
  }
  const named = {
    ...wire,
    name: channel.name,
    guild_id: channel.guildId,
    parent_id: channel.parentId ?? null,
  };
  if (channel.kind !== 'thread') return { ...named, position: 0, permission_overwrites: [] };
  return {
    ...named,
    owner_id: world.app.user.id,
    thread_metadata: {
      archived: channel.archived,
      locked: channel.locked,
      auto_archive_duration: 1440,
      archive_timestamp: new Date(channel.archivedMs).toISOString(),
    },
  };
}

const fileOnWire = (origin: string, file: TwinFile): Json => ({
  id: file.id,
  filename: file.name,
  size: file.bytes.length,
  content_type: file.type,
  url: `${origin}/cdn/${file.id}/${encodeURIComponent(file.name)}`,
  proxy_url: `${origin}/cdn/${file.id}/${encodeURIComponent(file.name)}`,
});

/** "Roles specifically mentioned in this message" (resources/message#message-object); in code nothing is. */
function rolesIn(text: string): string[] {
  const spoken = text.replace(/```[\s\S]*?```|`[^`]*`/g, '');
  return [...spoken.matchAll(/<@&(\d+)>/g)].map(([, id]) => id ?? '');
}

/** A message as it is; `stripContent` makes of it what an app without the content intent gets. */
export function messageOnWire(world: World, origin: string, message: TwinMessage): Json {
  const author = world.users.get(message.authorId);
  const channel = world.channels.get(message.channelId);
  const answered = message.replyTo ? channel?.messages.get(message.replyTo) : undefined;
  const mentioned = message.mentions.flatMap((id) => world.users.get(id) ?? []);
  return {
    id: message.id,
    channel_id: message.channelId,
    type: message.type,
    content: message.content,
    author: author ? userOnWire(author) : { id: message.authorId, username: 'gone', discriminator: '0' },
    timestamp: new Date(message.createdMs).toISOString(),
    edited_timestamp: message.editedMs === null ? null : new Date(message.editedMs).toISOString(),
    tts: false,
    mention_everyone: message.mentionEveryone,
    mentions: mentioned.map(userOnWire),
    mention_roles: rolesIn(message.content),
    attachments: message.files.map((file) => fileOnWire(origin, file)),
    embeds: message.embeds,
    components: message.components,
    flags: message.flags,
    pinned: false,
    ...(message.replyTo
      ? {
          message_reference: { type: 0, message_id: message.replyTo, channel_id: message.channelId },
          referenced_message: answered ? messageOnWire(world, origin, answered) : null,
        }
      : {}),
  };
}

/**
 * "Apps without the intent will receive empty values in fields that contain user-inputted content with a few
 * exceptions: content in messages that an app sends, content in DMs with the app, content in which the app is
 * mentioned" (docs.discord.com/developers/events/gateway#message-content-intent).
 */
export function stripContent(world: World, message: TwinMessage, wire: Json): Json {
  const me = world.app.user.id;
  const exempt =
    message.authorId === me ||
    message.mentions.includes(me) ||
    world.channels.get(message.channelId)?.kind === 'dm';
  const referenced = wire.referenced_message as Json | null | undefined;
  const answered = message.replyTo
    ? world.channels.get(message.channelId)?.messages.get(message.replyTo)
    : undefined;
  const stripped =
    referenced && answered ? { referenced_message: stripContent(world, answered, referenced) } : {};
  return exempt
    ? { ...wire, ...stripped }
    : { ...wire, ...stripped, content: '', embeds: [], attachments: [], components: [] };
}
