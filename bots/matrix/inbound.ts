import type { Amend } from '#bots/amend.ts';
import type { HandleMessage } from '#bots/inbound.ts';
import type { SayNotice } from '#bots/notices.ts';
import type { TakeCommand } from '#bots/said-commands.ts';
import type { InboundMessage } from '#core/chat/inbound.ts';
import type { ThreadRef } from '#core/chat/thread-ref.ts';
import { welcomeText } from '#core/chat/welcome-text.ts';
import type { FileRef, Quote } from '#core/events/types.ts';
import { whyNotSpeak } from '#core/identity/may-speak.ts';
import type { Identities } from '#core/identity/ports.ts';
import type { Turns } from '#core/turns/ports.ts';
import type { Answers } from './answers.ts';
import type { Upload } from './files-in.ts';
import type { Homeserver } from './homeserver.ts';
import {
  addresses,
  beginsWithBang,
  type Message,
  messageIn,
  relationOf,
  requestIn,
  uploadIn,
} from './message.ts';
import type { People } from './people.ts';
import type { Rooms } from './rooms.ts';
import { rootOf } from './root.ts';
import { type MatrixEvent, matrixThread, messageIdentity, serverOf } from './types.ts';

export interface MatrixInboundDeps {
  homeserver: Homeserver;
  people: People;
  rooms: Rooms;
  handle: HandleMessage;
  amend: Amend;
  say: SayNotice;
  answers: Answers;
  takeCommand: TakeCommand;
  turns: Pick<Turns, 'byMessage'>;
  identities: Identities;
  /** Does this thread belong to a session? */
  isSession(thread: ThreadRef): Promise<boolean>;
  history(thread: ThreadRef, before: MatrixEvent): Promise<Quote[]>;
  takeFile(upload: Upload, by: InboundMessage['author']): Promise<FileRef>;
}

/** Whoever asked longer ago than this, while we were away, is told so instead of being answered. */
const oldMs = 24 * 3_600_000;

/** One event of a room. Resolves when all that follows is committed (I2); the same event again changes nothing (I1). */
export function matrixInbound(
  deps: MatrixInboundDeps,
): (roomId: string, event: MatrixEvent) => Promise<void> {
  const { homeserver, people, handle, amend, say, answers, takeCommand } = deps;
  const { userId } = homeserver;
  const server = serverOf(userId);
  let named: Promise<string> | null = null;

  return async (roomId, event) => {
    if (event.sender === userId && event.type !== 'm.room.member') return;
    switch (event.type) {
      case 'm.room.message':
        return message(roomId, event);
      case 'm.reaction':
        return answers.reacted(roomId, event);
      case 'm.room.redaction':
        return redacted(roomId, event);
      default:
        return deps.rooms.changed(roomId, event);
    }
  };

  async function message(roomId: string, event: MatrixEvent): Promise<void> {
    const content = messageIn(event);
    // "m.notice … must not be answered by automated clients" (m.notice): programs talk so, and we do too.
    if (!content || content.msgtype === 'm.notice') return;
    if (content['m.relates_to']?.rel_type === 'm.replace') return edited(roomId, event, content);
    await hand(roomId, event, content);
  }

  async function hand(roomId: string, event: MatrixEvent, content: Message): Promise<void> {
    const inThread = content['m.relates_to']?.rel_type === 'm.thread';
    const alone = await people.isDirect(roomId);
    const addressed = addresses(content, userId);
    const mention = addressed || alone;
    // Without a mention only a reply in a thread can be meant for us.
    if (!mention && !inThread) return;
    const thread = matrixThread(server, roomId, await rootOf(homeserver, roomId, event));
    if (!mention && !(await deps.isSession(thread))) return;
    const eventId = messageIdentity(roomId, event.event_id);
    const author = await people.author(roomId, event.sender);
    const why = whyNotSpeak('member', author.standing ?? 'member', { guests: false });
    if (why) return refuse(thread, eventId, author, { code: 'asker.not_allowed', message: notHere(why) });
    if (mention && (event.unsigned?.age ?? 0) > oldMs) return tooOld(thread, eventId);
    const text = await textOf(content);
    const sentAt = writtenAt(event).toISOString();
    const upload = uploadIn(content);
    if (!upload) {
      if (await answers.said({ thread, eventId, author, text, bare: !addressed })) return;
      const given = { thread, eventId, author, text, files: [], mention, sentAt };
      const spoken = mention ? 'matrix_mention' : 'matrix_reply';
      const surface = beginsWithBang(content.body) ? 'matrix_bang' : spoken;
      if (await takeCommand(given, { surface, alone, workspaceName: server })) return;
    }
    const files = upload ? [await deps.takeFile(upload, author)] : [];
    const said = upload ? upload.caption : text;
    const opens = mention && thread.thread !== event.event_id && !(await deps.isSession(thread));
    const quoted = opens ? await deps.history(thread, event) : [];
    const asked = { thread, eventId, author, text: said, files, mention, sentAt, quoted };
    const outcome = await handle(asked, server);
    if (outcome.kind === 'refused') await refuse(thread, eventId, author, outcome);
    else if (outcome.kind === 'accepted') {
      homeserver.read(roomId, event.event_id, thread.thread).catch(() => {});
    }
  }

  async function textOf(content: Pick<Message, 'body' | 'm.relates_to'>): Promise<string> {
    const isReply = content['m.relates_to']?.['m.in_reply_to'] !== undefined;
    return requestIn(content.body, isReply, { userId, name: await ownName() });
  }

  function ownName(): Promise<string> {
    named ??= homeserver.displayName(userId);
    named.catch(() => {
      named = null;
    });
    return named;
  }

  async function refuse(
    thread: ThreadRef,
    eventId: string,
    author: InboundMessage['author'],
    { code, message }: { code: string; message: string },
  ): Promise<void> {
    // Strangers could have us talk without end: they are told once in a thread.
    const occasion =
      author.standing === 'stranger' ? `${thread.channel}/${thread.thread}/${author.accountId}` : eventId;
    const text = code === 'message.empty' ? welcomeText : message;
    await say({ key: `matrix/${occasion}/refused`, thread, text });
  }

  async function tooOld(thread: ThreadRef, eventId: string): Promise<void> {
    const text =
      'You asked this more than a day ago, while I was offline. I did not start it; ask again if you still want it.';
    await say({ key: `matrix/${eventId}/old`, thread, text });
  }

  /** Editing a message edits its turn while that is queued; an edit that adds the mention asks now. */
  async function edited(roomId: string, event: MatrixEvent, content: Message): Promise<void> {
    const original = content['m.relates_to']?.event_id;
    const fresh = content['m.new_content'];
    if (!original || !fresh) return;
    const eventId = messageIdentity(roomId, original);
    const author = await people.author(roomId, event.sender);
    const turn = await deps.turns.byMessage('matrix', eventId);
    if (turn) {
      // Homeservers pass on whatever claims to be an edit: only the author's own counts.
      const account = { id: author.accountId, name: author.name };
      const editor = await deps.identities.resolve('matrix', { externalId: server, name: server }, account);
      if (editor.userId === turn.authorId) {
        await amend.edited('matrix', eventId, await textOf({ body: fresh.body }), author.name);
      }
      return;
    }
    if (!addresses({ body: '', 'm.mentions': content['m.mentions'] ?? {} }, userId)) return;
    const before = await homeserver.event(roomId, original);
    if (!before || before.sender !== event.sender) return;
    const relation = relationOf(before);
    const asked: Message = { ...fresh, ...(relation ? { 'm.relates_to': relation } : {}) };
    await hand(roomId, { ...before, unsigned: event.unsigned ?? {} }, asked);
  }

  async function redacted(roomId: string, event: MatrixEvent): Promise<void> {
    // Room version 11 moved it into the content.
    const target = event.redacts ?? event.content.redacts;
    if (typeof target !== 'string') return;
    const { name } = await people.author(roomId, event.sender);
    await amend.deleted('matrix', messageIdentity(roomId, target), name);
  }
}

function notHere(why: string): string {
  return `I did not start this: ${why}. An administrator can allow your server or account (MATRIX_ALLOW).`;
}

/** By our own clock: the homeserver says how long ago it was (`unsigned.age`), whatever its own clock shows. */
function writtenAt({ unsigned, origin_server_ts: at }: MatrixEvent): Date {
  return new Date(unsigned?.age === undefined ? at : Date.now() - Math.max(0, unsigned.age));
}
