import type { Amend } from '#bots/amend.ts';
import type { HandleMessage } from '#bots/inbound.ts';
import { openLanes } from '#bots/lanes.ts';
import type { SayNotice } from '#bots/notices.ts';
import type { TakeCommand } from '#bots/said-commands.ts';
import type { InboundMessage, InboundOutcome } from '#core/chat/inbound.ts';
import type { ThreadRef } from '#core/chat/thread-ref.ts';
import { welcomeText } from '#core/chat/welcome-text.ts';
import { DeckhandError } from '#core/errors.ts';
import type { FileRef } from '#core/events/types.ts';
import {
  type Changed,
  type Deleted,
  type HomeOpened,
  isChanged,
  isDeleted,
  isHomeOpened,
  isJoined,
  isSessionStopped,
  type Joined,
  type Posted,
  readEvent,
  type SessionStopped,
  type SlackSaid,
  type SlackUpload,
} from './events.ts';
import { firstOnly } from './first-only.ts';
import type { ThreadHistory } from './history.ts';

import type { People } from './people.ts';
import { addresses, mentioned, plainText } from './text.ts';
import { instantOf, messageIdentity, type SlackSelf, slackThread } from './types.ts';

export interface SlackInboundDeps {
  self: SlackSelf;
  people: People;
  handle: HandleMessage;
  amend: Amend;
  say: SayNotice;
  takeCommand: TakeCommand;
  showHome(event: HomeOpened): void;
  /** Does this thread belong to a session? */
  isSession(thread: ThreadRef): Promise<boolean>;
  /** Was this thread's session there when this was said, by the platform's own time? */
  continues(thread: ThreadRef, ts: string): Promise<boolean>;
  /** Has this message become a turn, or been refused? */
  isSettled(eventId: string): Promise<boolean>;
  history: ThreadHistory;
  /** Brings a message's files to us. */
  takeFiles(uploads: SlackUpload[], by: InboundMessage['author']): Promise<FileRef[]>;
}

interface Given {
  message: SlackSaid;
  thread: ThreadRef;
  eventId: string;
  mention: boolean;
  direct: boolean;
}

/** Kinds of messages that people write; all others are the work of Slack or of programs. */
const spoken = new Set([undefined, 'file_share', 'thread_broadcast']);

export interface SlackInbound {
  take(body: unknown): Promise<void>;
  /** A message that was found, not sent: what was settled before stays so, also a refusal that would be none today. */
  found(message: Posted): Promise<void>;
  /** One that is too old to be run: said so in its thread, if it was for us and was never taken. */
  tooOld(message: Posted): Promise<void>;
}

/** Slack's events. Resolves when all that follows is committed: only then may the event be acknowledged (I2). */
export function slackInbound(deps: SlackInboundDeps): SlackInbound {
  const { self, people, handle, amend, say, takeCommand } = deps;
  const first = firstOnly();
  /** What is said in one thread is taken in the order in which it comes: a reply finds the session of its mention. */
  const thread = openLanes();

  return { take, found, tooOld };

  async function take(body: unknown): Promise<void> {
    const read = readEvent(body);
    if (read?.teamId !== self.teamId) return;
    const { event } = read;
    if (isChanged(event)) return changed(event);
    if (isDeleted(event)) return deleted(event);
    if (isJoined(event)) return joined(event);
    if (isSessionStopped(event))
      return thread(`${event.channel}/${event.thread_ts}`, () => stopPressed(deps, event));
    if (isHomeOpened(event)) return deps.showHome(event);
    return posted(event);
  }

  async function tooOld(event: Posted): Promise<void> {
    if (!spoken.has(event.subtype) || !isOther(event)) return;
    const id = identity(event.channel, event.ts);
    const forUs = isDirect(event) || addresses(event, self.userId);
    if (!forUs || (await deps.isSettled(id))) return;
    const place = slackThread(self.teamId, event.channel, event.thread_ts ?? event.ts);
    const text =
      'You asked this while I was offline, more than a day ago, so I did not start it. Write it again to run it.';
    await say({ key: `slack/${id}/old`, thread: place, text });
  }

  function isOther(message: SlackSaid): boolean {
    return message.user !== undefined && message.user !== self.userId && !message.bot_id;
  }

  async function found(event: Posted): Promise<void> {
    if (!spoken.has(event.subtype) || !isOther(event)) return;
    const { channel, ts, thread_ts: root = ts } = event;
    const mention = isDirect(event) || addresses(event, self.userId);
    // What people said among themselves before somebody asked us in is no request.
    const forUs =
      mention || (root !== ts && (await deps.continues(slackThread(self.teamId, channel, root), ts)));
    if (forUs && !(await deps.isSettled(identity(channel, ts)))) await posted(event);
  }

  async function posted(event: Posted): Promise<void> {
    if (!spoken.has(event.subtype) || !isOther(event)) return;
    await once(event.channel, event, () => hand(event.channel, isDirect(event), event));
  }

  /** An edit or a tombstone; a preview that Slack adds to a link changes no text. */
  async function changed(event: Changed): Promise<void> {
    const { channel, channel_type: kind, message, previous_message: before } = event;
    if (message.subtype === 'tombstone') return removed(channel, message);
    if (!isOther(message) || !message.edited || before?.text === message.text) return;
    const author = await people.author(message.user ?? '');
    const text = await readable(deps, message);
    const id = identity(channel, message.ts);
    const edited = await thread(rootOf(channel, message), () => amend.edited('slack', id, text, author.name));
    // An edit that adds the mention asks now.
    if (!edited) await once(channel, message, () => hand(channel, kind === 'im', message));
  }

  function deleted({ channel, deleted_ts: ts, previous_message: before }: Deleted): Promise<void> {
    return removed(channel, { ...before, ts });
  }

  async function removed(channel: string, message: SlackSaid): Promise<void> {
    const id = identity(channel, message.ts);
    await thread(rootOf(channel, message), () => amend.deleted('slack', id, 'its author'));
  }

  async function joined({ channel, user }: Joined): Promise<void> {
    if (user !== self.userId) return;
    const thread = slackThread(self.teamId, channel, 'direct');
    await say({ key: `slack/${self.teamId}/welcome/${channel}`, thread, text: welcomeText });
  }

  function once(channel: string, message: SlackSaid, work: () => Promise<boolean>): Promise<void> {
    const version = `${identity(channel, message.ts)} ${message.edited?.ts ?? ''}`;
    return first(version, () => thread(rootOf(channel, message), work));
  }

  async function hand(channel: string, direct: boolean, message: SlackSaid): Promise<boolean> {
    const inThread = message.thread_ts !== undefined && message.thread_ts !== message.ts;
    const mention = direct || addresses(message, self.userId);
    // Without a mention only a reply can be meant for us.
    if (!mention && !inThread) return false;
    const thread = slackThread(self.teamId, channel, message.thread_ts ?? message.ts);
    if (!mention && !(await deps.isSession(thread))) return false;
    const eventId = identity(channel, message.ts);
    try {
      const outcome = await give({ message, thread, eventId, mention, direct });
      if (outcome?.kind === 'refused') await refuse(thread, eventId, outcome.code, outcome.message);
      return outcome?.kind !== 'not_addressed';
    } catch (error) {
      // What the asker can mend, and what comes again with the same fault, is answered; all else is tried again.
      const answered = error instanceof DeckhandError && (error.blame === 'asker' || isOurs(error));
      if (!answered) throw error;
      await refuse(thread, eventId, error.code, error.message);
      return true;
    }
  }

  async function give({ message, thread, eventId, mention, direct }: Given): Promise<InboundOutcome | null> {
    const author = await people.author(message.user ?? '');
    const text = await readable(deps, message);
    // An edit that adds the mention is when it was asked.
    const sentAt = instantOf(message.edited?.ts ?? message.ts).toISOString();
    const said = { thread, eventId, author, text, mention, files: [], sentAt };
    const surface = mention ? 'slack_mention' : 'slack_reply';
    const where = { surface, alone: direct, workspaceName: self.teamName } as const;
    if (!message.files?.length && (await takeCommand(said, where))) return null;
    const files = await deps.takeFiles(message.files ?? [], author);
    const late = thread.thread !== message.ts && mention && !(await deps.isSession(thread));
    const quoted = late ? await deps.history(thread, message.ts) : [];
    return handle({ ...said, files, quoted }, self.teamName);
  }

  async function refuse(thread: ThreadRef, eventId: string, code: string, message: string): Promise<void> {
    const text = code === 'message.empty' ? welcomeText : message;
    await say({ key: refusalKey(eventId), thread, text });
  }

  function identity(channel: string, ts: string): string {
    return messageIdentity(self.teamId, channel, ts);
  }
}

/** What a message says, with people's names. */
async function readable({ self, people }: SlackInboundDeps, message: SlackSaid): Promise<string> {
  const text = message.text ?? '';
  const names = new Map<string, string>();
  for (const id of mentioned(text)) {
    if (id !== self.userId)
      names.set(
        id,
        await people.byId(id).then(
          ({ name }) => name,
          () => id,
        ),
      );
  }
  return plainText(text, self.userId, (id) => names.get(id) ?? 'deckhand');
}

/** The notice that says why a message was refused. */
export function refusalKey(eventId: string): string {
  return `slack/${eventId}/refused`;
}

/** Slack's own Stop is the verb said in the thread: once, and only by whom it works for. */
async function stopPressed({ self, people, takeCommand }: SlackInboundDeps, event: SessionStopped) {
  const { channel, user, thread_ts: root, event_ts: pressed } = event;
  const said = {
    ...{ thread: slackThread(self.teamId, channel, root), author: await people.author(user), text: 'stop' },
    ...{ mention: true, files: [], sentAt: instantOf(pressed).toISOString() },
    eventId: messageIdentity(self.teamId, channel, `${root}/stopped/${pressed}`),
  };
  await takeCommand(said, { surface: 'slack_mention', alone: false, workspaceName: self.teamName });
}

/** Our app lacks a right: it does so on the next delivery too. */
function isOurs(error: DeckhandError): boolean {
  return error.code === 'platform.unauthorized';
}

function rootOf(channel: string, message: SlackSaid): string {
  return `${channel}/${message.thread_ts ?? message.ts}`;
}

function isDirect({ type, channel_type: kind, channel }: Posted): boolean {
  return type === 'message' && (kind === 'im' || (kind === undefined && channel.startsWith('D')));
}
