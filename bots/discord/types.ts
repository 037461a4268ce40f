import { createHash } from 'node:crypto';
import type { APIMessageTopLevelComponent, GatewayMessageCreateDispatchData } from 'discord.js';
import type { ThreadRef } from '#core/chat/thread-ref.ts';

/** The platform's form of a post: what `render.ts` makes and `adapter.ts` sends. */
export interface DiscordPost {
  type: 'post';
  /** Sent one after the other; the last one carries the post's key. */
  messages: DiscordMessage[];
  /** Identity of the message whose author is pinged, or null. */
  ping: string | null;
  /** What an edit does when the message can no longer be edited: say it in a new one, or leave it. */
  late: 'say' | 'leave';
}

export interface DiscordMessage {
  /** Markdown, up to 2,000 characters. Left out: a message of components. */
  content?: string;
  components?: APIMessageTopLevelComponent[];
  files?: DiscordFile[];
  /** Reaches nobody's notifications. */
  silent?: boolean;
}

export interface DiscordFile {
  name: string;
  source: { blob: string; size: number } | { text: string };
}

/** A message as the gateway or the REST API gives it. */
export type DiscordSaid = GatewayMessageCreateDispatchData;

/** The app, as it is known to Discord. */
export interface DiscordSelf {
  applicationId: string;
  userId: string;
  name: string;
  /** Does Discord give us what people write without a mention? */
  readsContent: boolean;
}

/** The workspace of direct conversations: they belong to no guild. */
export const directWorkspace = '@me';

/** The last part of an address that means a person: the conversation with them is opened when it is needed. */
export const directThread = 'direct';

/** A thread, or a direct conversation, which is a thread of its own. */
export function discordThread(guild: string | undefined, channel: string, thread: string): ThreadRef {
  return { platform: 'discord', workspace: guild ?? directWorkspace, channel, thread };
}

/** A message's own identity (I2): not its delivery's. */
export function messageIdentity(channel: string, message: string): string {
  return `${channel}/${message}`;
}

/** The parts of a message's identity; null when it is none of Discord's, e.g. that of a pressed Retry. */
export function placeOf(identity: string): { channel: string; message: string } | null {
  const [, channel, message] = /^(\d+)\/(\d+)$/.exec(identity) ?? [];
  return channel && message ? { channel, message } : null;
}

const epochMs = 1_420_070_400_000n;

/** When a snowflake was made: `(snowflake >> 22) + 1420070400000` (docs.discord.com/developers/reference#snowflakes). */
export function instantOf(snowflake: string): Date {
  return new Date(Number((BigInt(snowflake) >> 22n) + epochMs));
}

/** The first snowflake of a moment. */
export function snowflakeAt(instant: Date): string {
  const ms = BigInt(instant.getTime()) - epochMs;
  return String((ms > 0n ? ms : 0n) << 22n);
}

/** The later one of two snowflakes. */
export function laterOf(a: string, b: string): string {
  return BigInt(a) > BigInt(b) ? a : b;
}

/**
 * A post's key as a component's id, a positive 32-bit number, for posts without buttons: Discord keeps the id of a
 * component and shows it to nobody.
 */
export function keyNumber(key: string): number {
  return (createHash('sha256').update(key).digest().readUInt32BE(0) & 0x3fffffff) + 1000;
}
