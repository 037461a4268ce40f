import { addMessage } from '../changes.ts';
import { type Desk, type Method, scope } from '../desk.ts';
import { type JsonObject, objectsAt, textAt } from '../json.ts';
import { refuse, rules } from '../refusals.ts';
import { compact, fileOnWire } from '../wire.ts';
import type { TwinFile } from '../world.ts';
import { threadFor } from './chat.ts';
import { need } from './reach.ts';

const types: Record<string, string> = {
  txt: 'text/plain',
  log: 'text/plain',
  md: 'text/markdown',
  csv: 'text/csv',
  json: 'application/json',
  png: 'image/png',
  jpg: 'image/jpeg',
  pdf: 'application/pdf',
};

/** The media type that Slack would guess from a name. */
export const typeOf = (name: string): string =>
  types[name.split('.').at(-1)?.toLowerCase() ?? ''] ?? 'application/octet-stream';

function getUploadUrl(args: JsonObject, desk: Desk): JsonObject {
  const name = need(args, 'filename');
  if (!(Number(textAt(args, 'length')) > 0)) refuse(rules.noLength);
  const file: TwinFile = {
    id: desk.ids.next('F'),
    name,
    title: name,
    type: typeOf(name),
    bytes: Buffer.alloc(0),
    user: desk.world.app.user.id,
    createdMs: desk.clock.now(),
    complete: false,
    shares: [],
  };
  desk.world.files.set(file.id, file);
  return { upload_url: `${desk.origin()}/upload/v1/${file.id}`, file_id: file.id };
}

function complete(args: JsonObject, desk: Desk): JsonObject {
  const { world, switches, clock } = desk;
  const asked = objectsAt(args, 'files');
  const files = asked.map((one) => {
    const file = world.files.get(textAt(one, 'id') ?? '');
    if (!file || file.bytes.length === 0 || file.complete) refuse(rules.ticketNotFound);
    return { file, title: textAt(one, 'title') };
  });
  if (files.length === 0) refuse(rules.invalidArguments, ['missing required field: files']);
  const channelId = textAt(args, 'channel_id');
  const channel =
    channelId === undefined ? undefined : (world.channels.get(channelId) ?? refuse(rules.uploadChannel));
  if (channel && !channel.members.has(world.app.user.id)) refuse(rules.uploadNotIn);
  const threadTs = channel && threadFor(desk, channel.id, args);
  for (const { file, title } of files) {
    file.complete = true;
    file.title = title ?? file.title;
  }
  // The answer has no ts: the share comes later, and at times never.
  const share = (): void => {
    if (!channel || switches.shares === 'lost') return;
    const { id: user, botId } = world.app.user;
    const text = textAt(args, 'initial_comment') ?? '';
    const ids = files.map(({ file }) => file.id);
    const { ts } = addMessage(desk, { channel: channel.id, user, botId, text, threadTs, files: ids });
    for (const { file } of files) file.shares.push({ channel: channel.id, ts, threadTs });
    world.bell.emit('change');
  };
  clock.after(switches.shareDelayMs, share);
  return { files: files.map(({ file }) => compact({ id: file.id, title: file.title })) };
}

export const files: Record<string, Method> = {
  'files.getUploadURLExternal': { tier: 'tier4', scopes: scope('files:write'), run: getUploadUrl },
  'files.completeUploadExternal': { tier: 'tier4', scopes: scope('files:write'), run: complete },
  'files.info': {
    tier: 'tier4',
    scopes: scope('files:read'),
    run: (args, { world, origin }) => {
      const file = world.files.get(need(args, 'file'));
      if (!file?.complete) refuse(rules.fileNotFound);
      return { file: fileOnWire(world, origin(), file), comments: [] };
    },
  },
};
