import type { Desk } from './desk.ts';
import { announceChange, announceDeletion, announceJoin, announcePost } from './events/feed.ts';
import type { JsonObject } from './json.ts';
import { messageOnWire } from './wire.ts';
import { findMessage, statusKey, type TwinChannel, type TwinMessage, threadOf } from './world.ts';

/** A message before Slack gives it a `ts`. */
export type Draft = Pick<TwinMessage, 'channel' | 'user' | 'text'> &
  Partial<Pick<TwinMessage, 'threadTs' | 'botId' | 'blocks' | 'metadata' | 'files' | 'subtype' | 'stream'>>;

/** Puts a message into its channel and tells the app. */
export function addMessage(desk: Desk, draft: Draft): TwinMessage {
  const message: TwinMessage = {
    blocks: [],
    attachments: [],
    files: [],
    reactions: new Map(),
    editedAtMs: [],
    ...draft,
    ts: desk.ids.ts(),
  };
  const channel = desk.world.messages.get(message.channel) ?? new Map<string, TwinMessage>();
  desk.world.messages.set(message.channel, channel);
  channel.set(message.ts, message);
  // "The status will be automatically cleared when the app sends a reply" (assistant.threads.setStatus).
  if (message.botId === desk.world.app.user.botId && message.threadTs)
    desk.world.statuses.delete(statusKey(message.channel, message.threadTs));
  announcePost(desk, message);
  desk.world.bell.emit('change');
  return message;
}

/** Changes a message and tells the app; `by` marks it as edited, which unfurls are not. */
export function changeMessage(
  desk: Desk,
  message: TwinMessage,
  change: Partial<Pick<TwinMessage, 'text' | 'blocks' | 'attachments' | 'metadata' | 'subtype'>>,
  by?: string,
): void {
  const before = wire(desk, message);
  const wasText = message.text;
  Object.assign(message, change);
  if (by) {
    message.edited = { user: by, ts: desk.ids.ts() };
    message.editedAtMs.push(desk.clock.now());
  }
  announceChange(desk, message, before, wasText);
  desk.world.bell.emit('change');
}

/**
 * Removes a message and tells the app. Assumed from what workspaces show: a root with replies leaves a tombstone, so
 * that its thread stays readable.
 */
export function removeMessage(desk: Desk, message: TwinMessage): void {
  const hasReplies = threadOf(desk.world, message.channel, message.ts).length > 1;
  if (hasReplies) {
    const text = 'This message was deleted.';
    changeMessage(desk, message, { text, blocks: [], attachments: [], subtype: 'tombstone' });
  } else {
    const before = wire(desk, message);
    desk.world.messages.get(message.channel)?.delete(message.ts);
    announceDeletion(desk, message, before);
    desk.world.bell.emit('change');
  }
}

/**
 * Brings somebody into a channel and tells the app, if it is there to hear it. Everybody sees it: "A member joined a
 * channel" (docs.slack.dev/reference/events/message/channel_join).
 */
export function join(desk: Desk, channel: TwinChannel, user: string, inviter?: string): void {
  if (channel.members.has(user)) return;
  channel.members.add(user);
  announceJoin(desk, channel, user, inviter);
  const text = `<@${user}> has joined the channel`;
  addMessage(desk, { channel: channel.id, user, text, subtype: 'channel_join' });
  desk.world.bell.emit('change');
}

const wire = (desk: Desk, message: TwinMessage): JsonObject =>
  messageOnWire(desk.world, desk.origin(), message);

/** The root that a reply hangs under: replying to a reply goes to its thread (chat.postMessage, "Avoid using a reply's ts"). */
export function rootOf(desk: Desk, channel: string, threadTs: string): string | undefined {
  const message = findMessage(desk.world, channel, threadTs);
  return message && (message.threadTs ?? message.ts);
}
