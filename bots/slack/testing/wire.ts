import type { JsonObject } from './json.ts';
import {
  findMessage,
  type TwinChannel,
  type TwinFile,
  type TwinMessage,
  type TwinUser,
  threadOf,
  type World,
} from './world.ts';

/** A message as the Web API and the events show it. */
export function messageOnWire(
  world: World,
  origin: string,
  message: TwinMessage,
  { metadata = false } = {},
): JsonObject {
  const replies = threadOf(world, message.channel, message.ts).filter((one) => one.ts !== message.ts);
  const files = message.files.flatMap((id) => world.files.get(id) ?? []);
  return compact({
    type: 'message',
    subtype: message.subtype,
    user: message.user,
    bot_id: message.botId,
    app_id: message.botId === world.app.user.botId ? world.app.id : undefined,
    team: world.users.get(message.user)?.teamId,
    text: message.text,
    ts: message.ts,
    thread_ts: message.threadTs ?? (replies.length > 0 ? message.ts : undefined),
    parent_user_id: message.threadTs && findMessage(world, message.channel, message.threadTs)?.user,
    reply_count: replies.length || undefined,
    latest_reply: replies.at(-1)?.ts,
    blocks: message.blocks.length > 0 ? message.blocks : undefined,
    attachments: message.attachments.length > 0 ? message.attachments : undefined,
    files: files.length > 0 ? files.map((file) => fileOnWire(world, origin, file)) : undefined,
    edited: message.edited && { ...message.edited },
    metadata: metadata ? message.metadata : undefined,
    reactions:
      message.reactions.size > 0
        ? [...message.reactions].map(([name, users]) => ({ name, users: [...users], count: users.size }))
        : undefined,
  });
}

/** A file as `files.info` and `file_share` messages show it; the URLs want the bot's token. */
export function fileOnWire(world: World, origin: string, file: TwinFile): JsonObject {
  const path = `${origin}/files-pri/${world.team.id}-${file.id}`;
  const shares: Record<string, JsonObject> = {};
  for (const { channel, ts, threadTs } of file.shares) {
    const kind = world.channels.get(channel)?.kind === 'channel' ? 'public' : 'private';
    const list = shares[kind]?.[channel];
    const share = compact({ ts, thread_ts: threadTs });
    shares[kind] = { ...shares[kind], [channel]: Array.isArray(list) ? [...list, share] : [share] };
  }
  return {
    id: file.id,
    created: Math.floor(file.createdMs / 1000),
    name: file.name,
    title: file.title,
    mimetype: file.type,
    filetype: file.name.split('.').at(-1) ?? '',
    user: file.user,
    size: file.bytes.length,
    mode: 'hosted',
    is_external: false,
    url_private: `${path}/${encodeURIComponent(file.name)}`,
    url_private_download: `${path}/download/${encodeURIComponent(file.name)}`,
    shares,
  };
}

/** A user as `users.info` shows them. */
export const userOnWire = (user: TwinUser): JsonObject => ({
  id: user.id,
  team_id: user.teamId,
  name: user.name,
  real_name: user.name,
  deleted: user.deleted,
  tz: user.timeZone,
  is_bot: user.botId !== undefined,
  is_app_user: false,
  is_admin: false,
  is_owner: false,
  is_restricted: user.guest,
  is_ultra_restricted: false,
  is_stranger: user.stranger,
  profile: compact({ real_name: user.name, display_name: user.name, team: user.teamId, bot_id: user.botId }),
});

/** A conversation as `conversations.info` shows it to the app. */
export const channelOnWire = (world: World, channel: TwinChannel): JsonObject =>
  compact({
    id: channel.id,
    name: channel.kind === 'im' ? undefined : channel.name,
    is_channel: channel.kind === 'channel',
    is_group: channel.kind === 'group',
    is_im: channel.kind === 'im',
    is_mpim: channel.kind === 'mpim',
    is_private: channel.kind !== 'channel',
    is_archived: channel.archived,
    is_member: channel.kind === 'im' ? undefined : channel.members.has(world.app.user.id),
    is_ext_shared: channel.shared,
    context_team_id: world.team.id,
    user: channel.kind === 'im' ? [...channel.members].find((id) => id !== world.app.user.id) : undefined,
  });

/** Leaves out what is undefined: Slack leaves fields out, it does not null them. */
export function compact(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}
