import type { KnownBlock } from '@slack/types';
import type { ThreadRef } from '#core/chat/thread-ref.ts';

/** The platform's form of a post: what `render.ts` makes and `adapter.ts` sends. */
export type SlackPost = SlackMessage | SlackFile;

export interface SlackMessage {
  type: 'message';
  /** For notifications and screen readers; the blocks hold everything. */
  text: string;
  blocks: KnownBlock[];
  /** The asker of this turn, by our own id, is mentioned first: an answer that took long is waited for elsewhere. */
  ping?: string;
  /** First post of a turn's answer: what was streamed of it ends as `whole`, or is taken away where that is null. */
  stream?: { turnId: string; whole: { text: string; tail: KnownBlock[] } | null };
}

/** "The event_type … alphanumeric"; readable by everybody in the workspace, so it carries the opaque key and no more. */
export const eventType = 'deckhand_post';

/** A file of its own in the thread. Content comes from the blob store, or stands here. */
export interface SlackFile {
  type: 'file';
  name: string;
  source: { blob: string; size: number } | { text: string };
}

/** One thing that Slack sends, by either way in. */
export interface Delivery {
  kind: 'event' | 'interactive' | 'command';
  /** As it came: checked where it is read. */
  body: unknown;
}

/**
 * Takes a delivery; when it resolves everything is committed, and only then may Slack be told "got it" (I2). What it
 * gives is the acknowledgement's body, if the delivery takes one. Rejected: not acknowledged, Slack sends it again.
 */
export type TakeDelivery = (delivery: Delivery) => Promise<object | undefined>;

/** The app in its workspace. */
export interface SlackSelf {
  teamId: string;
  teamName: string;
  userId: string;
}

/** The last part of the address of a direct conversation: it has no thread. */
export const directThread = 'direct';

/** The address of a thread, by its root's `ts`. */
export function slackThread(team: string, channel: string, root: string): ThreadRef {
  return { platform: 'slack', workspace: team, channel, thread: root };
}

/** A message's own identity (I2): not its delivery's. */
export function messageIdentity(team: string, channel: string, ts: string): string {
  return `${team}/${channel}/${ts}`;
}

/** The parts of a message's identity; null when it is none of Slack's, e.g. that of a pressed Retry. */
export function placeOf(identity: string): { channel: string; ts: string } | null {
  const [, channel, ts, ...rest] = identity.split('/');
  return channel && ts && rest.length === 0 && /^\d+\.\d+$/.test(ts) ? { channel, ts } : null;
}

/** A `ts` as an instant: seconds since 1970 with six digits. */
export function instantOf(ts: string): Date {
  return new Date(Math.floor(Number(ts) * 1000));
}
