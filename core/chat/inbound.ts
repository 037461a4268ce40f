import type { FileRef, Quote } from '#core/events/types.ts';
import type { Standing } from '#core/identity/may-speak.ts';
import type { ThreadRef } from './thread-ref.ts';

/** One message of a person, in our words; what every adapter makes of its platform's events. */
export interface InboundMessage {
  thread: ThreadRef;
  /** The message's own identity at the platform, never the delivery's (I2). Slack: `team/channel/ts`. */
  eventId: string;
  /** `standing`: what they are to the workspace; left out, a member. */
  author: { accountId: string; name: string; standing?: Standing };
  text: string;
  files: FileRef[];
  /** What was said in the thread before it, oldest first; only where it opens a session. */
  quoted?: Quote[];
  /** Did it address the bot? Otherwise it counts only in a session's thread. */
  mention: boolean;
  /** When the person sent it, ISO 8601. */
  sentAt: string;
}

/** What became of a message; every one of them is visible to its author (I1). */
export type InboundOutcome =
  | {
      kind: 'accepted';
      sessionId: string;
      turnId: string /** Turns ahead of it in its session. */;
      ahead: number;
    }
  | { kind: 'duplicate'; sessionId: string; turnId: string }
  | { kind: 'refused'; code: string; message: string }
  | { kind: 'not_addressed' };
