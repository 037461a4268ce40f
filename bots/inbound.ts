import type { InboundMessage, InboundOutcome } from '#core/chat/inbound.ts';
import { formatThreadRef } from '#core/chat/thread-ref.ts';
import { type SpeakPolicy, whyNotSpeak } from '#core/identity/may-speak.ts';
import type { Identities } from '#core/identity/ports.ts';
import type { Bell, Live } from '#core/live/ports.ts';
import type { Log } from '#core/log.ts';
import type { Sessions } from '#core/sessions/ports.ts';
import type { Submitted, Turns } from '#core/turns/ports.ts';

export interface InboundDeps {
  identities: Identities;
  sessions: Sessions;
  turns: Turns;
  bell: Bell;
  live: Live;
  log: Log;
  limits: {
    maxQueued: number;
    maxQueuedInThread?: number;
    maxQueuedInWorkspace?: number;
    maxMessageBytes: number;
  };
  /** Left out: guests may not. */
  policy?: SpeakPolicy;
}

export type HandleMessage = (message: InboundMessage, workspaceName?: string) => Promise<InboundOutcome>;

/**
 * The one way in: message → person → session → turn. When it resolves with `accepted` the turn is committed, and only
 * then may the platform be told "got it" (I2). What it refuses, it refuses with words (I1).
 */
export function openInbound(deps: InboundDeps): HandleMessage {
  const { identities, sessions, turns, bell, live, limits, log } = deps;

  return async (message, workspaceName = message.thread.workspace) => {
    // Most of what is said in a channel is not for us: people who never spoke to us get no account here.
    if (!message.mention && !(await sessions.byThread(message.thread))) return { kind: 'not_addressed' };
    const bytes = Buffer.byteLength(message.text);
    if (bytes > limits.maxMessageBytes) return tooLong(bytes, limits.maxMessageBytes);
    if (message.text.trim() === '' && message.files.length === 0) {
      return refused('message.empty', 'I did not start this: the message is empty. Tell me what you need.');
    }

    const workspace = { externalId: message.thread.workspace, name: workspaceName };
    const author = await identities.resolve(message.thread.platform, workspace, {
      id: message.author.accountId,
      name: message.author.name,
    });
    const { standing = 'member' } = message.author;
    const why = whyNotSpeak(author.role, standing, deps.policy ?? { guests: false });
    if (why !== null) {
      return refused(
        'asker.not_allowed',
        `I did not start this: ${why}. An administrator can change that under Policies.`,
      );
    }

    const submitted = await turns.submit({
      thread: message.thread,
      workspaceId: author.workspaceId,
      author: { userId: author.userId, name: author.name },
      eventId: message.eventId,
      text: message.text,
      files: message.files,
      quoted: message.quoted,
      sentAt: message.sentAt,
      opens: message.mention,
      maxQueued: limits.maxQueued,
      maxQueuedInThread: limits.maxQueuedInThread,
      maxQueuedInWorkspace: limits.maxQueuedInWorkspace,
    });
    if (submitted.kind === 'no_session') return { kind: 'not_addressed' };
    if (submitted.kind === 'queue_full') return queueFull(submitted);

    if (submitted.kind === 'accepted') {
      live.publish({ kind: 'events', sessionId: submitted.sessionId });
      // The turn is committed; whoever waits for "got it" does not wait for the doorbell, which the sweep makes good.
      void bell.ring(submitted.sessionId);
      const { sessionId, turnId } = submitted;
      log.info(
        { session: sessionId, turn: turnId, thread: formatThreadRef(message.thread) },
        'turn submitted',
      );
    }
    return submitted;
  };
}

function refused(code: string, message: string): InboundOutcome {
  return { kind: 'refused', code, message };
}

function tooLong(bytes: number, max: number): InboundOutcome {
  const kib = (count: number) => Math.ceil(count / 1024);
  return refused(
    'message.too_long',
    `I did not start this: the message has ${kib(bytes)} KiB, the most I take is ${kib(max)} KiB. Send the long part as a file.`,
  );
}

/** Who waits reaches the limit, so that the number is the limit too. */
function queueFull({ of, waiting }: Extract<Submitted, { kind: 'queue_full' }>): InboundOutcome {
  const words = {
    person: `you have ${waiting} requests waiting, which is the most one person may. Try again when some of them are done, or stop one.`,
    thread: `${waiting} requests wait in this thread, which is the most it takes. Ask in another thread, or when some of them are done.`,
    workspace: `${waiting} requests wait in this workspace, which is the most it takes. Try again in a few minutes; an administrator sees what holds them up on the page.`,
  };
  return refused('queue.full', `Not queued: ${words[of]}`);
}
