import { readBlocks } from '../blocks.ts';
import { addMessage, changeMessage } from '../changes.ts';
import { type Desk, type Method, scope } from '../desk.ts';
import { isObject, type JsonObject, textAt } from '../json.ts';
import { numbers } from '../numbers.ts';
import { refuse, rules } from '../refusals.ts';
import { messageOnWire } from '../wire.ts';
import { findMessage, type TwinMessage } from '../world.ts';
import { threadFor } from './chat.ts';
import { checkMarkdown, readMetadata } from './content.ts';
import { need, writable } from './reach.ts';

const kinds = ['markdown_text', 'task_update', 'plan_update', 'blocks'];

function readChunks(args: JsonObject): JsonObject[] {
  if (args.chunks === undefined) return [];
  if (!Array.isArray(args.chunks)) refuse(rules.invalidChunks);
  const chunks = args.chunks.filter(isObject);
  const fine = chunks.every((chunk) => kinds.includes(textAt(chunk, 'type') ?? ''));
  if (chunks.length !== args.chunks.length || !fine) refuse(rules.invalidChunks);
  return chunks;
}

/** What this call adds to the text: `markdown_text` and the chunks of that kind. */
function readAddition(args: JsonObject): { text: string; chunks: JsonObject[] } {
  const chunks = readChunks(args);
  const markdown = textAt(args, 'markdown_text');
  if (markdown !== undefined) checkMarkdown(markdown);
  const fromChunks = chunks
    .filter((chunk) => chunk.type === 'markdown_text')
    .map((chunk) => textAt(chunk, 'text') ?? '');
  return { text: [markdown ?? '', ...fromChunks].join(''), chunks };
}

function allowed({ switches }: Desk): void {
  if (!switches.streaming) refuse(rules.noStreaming);
  if (switches.plan === 'free') refuse(rules.noAgents);
}

function start(args: JsonObject, desk: Desk): JsonObject {
  allowed(desk);
  const channel = writable(desk, need(args, 'channel'));
  if (channel.kind !== 'im') {
    if (!textAt(args, 'recipient_team_id')) refuse(rules.noRecipientTeam);
    if (!textAt(args, 'recipient_user_id')) refuse(rules.noRecipientUser);
  }
  const { text, chunks } = readAddition(args);
  const { id: user, botId } = desk.world.app.user;
  const message = addMessage(desk, {
    channel: channel.id,
    user,
    botId,
    text,
    threadTs: threadFor(desk, channel.id, args),
    stream: { state: 'open', chunks, startedMs: desk.clock.now() },
  });
  desk.clock.after(numbers.streamMs.value, () => {
    if (message.stream?.state === 'open') message.stream.state = 'ended';
    desk.world.bell.emit('change');
  });
  return { channel: channel.id, ts: message.ts };
}

/** The stream that a call means, still open. */
function openStream(
  args: JsonObject,
  desk: Desk,
): { message: TwinMessage; stream: NonNullable<TwinMessage['stream']> } {
  allowed(desk);
  const channel = writable(desk, need(args, 'channel'));
  const message = findMessage(desk.world, channel.id, need(args, 'ts')) ?? refuse(rules.streamNotFound);
  if (message.botId !== desk.world.app.user.botId) refuse(rules.notOwned);
  if (message.stream?.state === 'stopped_by_user') refuse(rules.stoppedByUser);
  if (message.stream?.state !== 'open') refuse(rules.notStreaming);
  return { message, stream: message.stream };
}

function append(args: JsonObject, desk: Desk): JsonObject {
  const { message, stream } = openStream(args, desk);
  const { text, chunks } = readAddition(args);
  if (!text && chunks.length === 0) refuse(rules.noText);
  message.text += text;
  stream.chunks.push(...chunks);
  desk.world.bell.emit('change');
  return { channel: message.channel, ts: message.ts };
}

function stop(args: JsonObject, desk: Desk): JsonObject {
  const { message, stream } = openStream(args, desk);
  const { text, chunks } = readAddition(args);
  const blocks = readBlocks(desk.ids, args.blocks);
  const metadata = readMetadata(args) ?? message.metadata;
  stream.chunks.push(...chunks);
  stream.state = 'ended';
  changeMessage(desk, message, { text: message.text + text, blocks, metadata });
  return {
    channel: message.channel,
    ts: message.ts,
    message: messageOnWire(desk.world, desk.origin(), message, { metadata: true }),
  };
}

export const streams: Record<string, Method> = {
  'chat.startStream': { tier: 'tier2', scopes: scope('chat:write'), run: start },
  'chat.appendStream': { tier: 'tier4', scopes: scope('chat:write'), run: append },
  'chat.stopStream': { tier: 'tier2', scopes: scope('chat:write'), run: stop },
};
