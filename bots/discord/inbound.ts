import { GatewayDispatchEvents, type GatewayDispatchPayload, MessageType } from 'discord.js';
import type { Amend } from '#bots/amend.ts';
import type { HandleMessage } from '#bots/inbound.ts';
import type { InLane } from '#bots/lanes.ts';
import type { SayNotice } from '#bots/notices.ts';
import type { TakeCommand } from '#bots/said-commands.ts';
import type { InboundMessage } from '#core/chat/inbound.ts';
import type { ThreadRef } from '#core/chat/thread-ref.ts';
import { welcomeText } from '#core/chat/welcome-text.ts';
import { DeckhandError } from '#core/errors.ts';
import type { Channels, Place } from './channels.ts';
import type { TakeFiles } from './files-in.ts';
import type { Guilds } from './guilds.ts';
import type { ThreadHistory } from './history.ts';
import { cannotReadRoleText, cannotReadText } from './render.ts';
import { addresses, mentionsRole, type OwnMentions, plainText } from './text.ts';
import { threadName } from './threads.ts';
import { type DiscordSaid, type DiscordSelf, discordThread, instantOf, messageIdentity } from './types.ts';

export interface DiscordInboundDeps {
  self: DiscordSelf;
  channels: Channels;
  handle: HandleMessage;
  amend: Amend;
  say: SayNotice;
  takeCommand: TakeCommand;
  inLane: InLane;
  isSession(thread: ThreadRef): Promise<boolean>;
  /** Did this message become a turn? */
  isTurn(eventId: string): Promise<boolean>;
  /** Was this notice said before? */
  wasSaid(key: string): Promise<boolean>;
  takeFiles: TakeFiles;
  history: ThreadHistory;
  /** Starts the thread of a message. @throws as `ChatAdapter.send` */
  startThread(thread: ThreadRef, name: string): Promise<void>;
  guilds: Pick<Guilds, 'name'>;
  /** As whom we can be mentioned there. */
  own(guild: string | null): OwnMentions;
}

/** How what is said is taken, so that it is taken in order and not lost (I1, I3). */
export interface Way {
  /** Tries work again until it is done. What was said later in the same thread waits for it. */
  persist<T>(work: () => Promise<T>): Promise<T>;
  /** Resolves once what was said before in its thread has been read. */
  before(): Promise<void>;
}

export interface DiscordInbound {
  /** Takes one message, however often it comes; resolves when all that follows is committed. */
  message(message: DiscordSaid, way: Way): Promise<void>;
  /** An edit or a deletion; everything else of the gateway's passes by. */
  event(event: GatewayDispatchPayload, way: Way): Promise<void>;
}

/** Kinds of messages that people write; all others are the work of Discord. */
const spoken = [MessageType.Default, MessageType.Reply];
/** What is edited or deleted may not have been read yet. */
const always = (): boolean => true;
/** A request that is older was asked in another situation: it is said so, not run. */
const staleMs = 24 * 3_600_000;
const staleText =
  'You asked this more than a day ago, while I was offline. Mention me again if I should still do it.';

/** What people write. One message is one turn, over reconnects and processes: it has the message's own identity (I2). */
export function discordInbound(deps: DiscordInboundDeps): DiscordInbound {
  const { self, channels, handle, amend, say, takeCommand, inLane } = deps;

  return {
    message: async (message, way) => {
      if (!spoken.includes(message.type) || isProgram(message)) return;
      const waits = ({ kind }: Place): boolean => kind !== 'channel';
      await inOrder(message, way, waits, (place) => take(message, place));
    },
    event: async (event, way) => {
      if (event.t === GatewayDispatchEvents.MessageUpdate) await edited(event.d, way);
      if (event.t === GatewayDispatchEvents.MessageDelete) await deleted(event.d, way);
    },
  };

  /**
   * What is said in one thread is done in the order in which it came, also while the database or Discord is away.
   * `waits`: does what was said before have to be read first? A mention in a channel begins a thread of its own, and
   * waits for nobody. No lane is held meanwhile: what is read goes through the same ones.
   */
  async function inOrder(
    message: { id: string; channel_id: string; guild_id?: string },
    { persist, before }: Way,
    waits: (place: Place) => boolean,
    work: (place: Place) => Promise<void>,
  ): Promise<void> {
    const { channel_id: channel, guild_id: guild } = message;
    const place = await inLane(`place of ${channel}`, () => persist(() => channels.place(channel, guild)));
    if (waits(place)) await before();
    await inLane(laneOf(place, message), () => persist(() => work(place)));
  }

  function isProgram({ author, webhook_id: webhook }: DiscordSaid): boolean {
    return author.id === self.userId || author.bot === true || webhook !== undefined;
  }

  async function take(message: DiscordSaid, place: Place, edited = false): Promise<void> {
    const mention = place.kind === 'direct' || addresses(message, deps.own(place.guild));
    // Without a mention only what is said in a session's thread can be meant for us.
    if (!mention && place.kind === 'channel') return;
    const thread = threadOf(place, message);
    if (!mention && !(await deps.isSession(thread))) return;
    const eventId = messageIdentity(message.channel_id, message.id);
    // What is read again was answered once: what was refused then is not started now, unless it says something else.
    if (!edited && (await deps.wasSaid(refusalKey(eventId)))) return;
    const hidden = !self.readsContent && !mention && message.content === '' && !message.attachments.length;
    if (!self.readsContent && message.content === '' && mentionsRole(message, deps.own(place.guild).role)) {
      await say({ key: `discord/${eventId}/cannot-read`, thread, text: cannotReadRoleText });
      return;
    }
    if (hidden) {
      await say({ key: `discord/${thread.thread}/cannot-read`, thread, text: cannotReadText });
      return;
    }
    if (mention && Date.now() - instantOf(message.id).getTime() > staleMs) {
      if ((await deps.isTurn(eventId)) || (await deps.wasSaid(`discord/${eventId}/command`))) return;
      await say({ key: `discord/${eventId}/stale`, thread, text: staleText });
      return;
    }
    try {
      await give(message, place, thread, eventId, mention);
    } catch (error) {
      // What the asker can mend, and what Discord will never take, is answered; all else is tried again.
      const known = error instanceof DeckhandError ? error : null;
      if (known?.blame === 'asker') await refuse(thread, eventId, known.message);
      else if (known?.code === 'platform.refused')
        await refuse(thread, eventId, `I did not start this. ${known.message}`);
      else throw error;
    }
  }

  async function give(
    message: DiscordSaid,
    place: Place,
    thread: ThreadRef,
    eventId: string,
    mention: boolean,
  ): Promise<void> {
    const author = authorOf(message);
    const text = plainText(message, deps.own(place.guild));
    const sentAt = instantOf(message.id).toISOString();
    const hasFiles = message.attachments.length > 0;
    const name = deps.guilds.name(place.guild);
    const surface = mention ? 'discord_mention' : 'discord_reply';
    const said = { thread, eventId, author, text, mention, files: [], sentAt };
    const where = { surface, alone: place.kind === 'direct', workspaceName: name } as const;
    if (!hasFiles && (await takeCommand(said, where))) return;
    if (text === '' && !hasFiles) return refuse(thread, eventId, welcomeText);
    const files = await deps.takeFiles(message.attachments, author, { externalId: thread.workspace, name });
    if (place.kind === 'channel') await begin(thread, threadName(text, author.name));
    const opens = mention && place.kind !== 'direct' && !(await deps.isSession(thread));
    const quoted = opens ? await deps.history(thread, message) : [];
    const outcome = await handle({ ...said, files, quoted }, name);
    if (outcome.kind === 'refused') await refuse(thread, eventId, outcome.message);
  }

  /** The thread stands before the turn: where none can be, nothing is run. One that only waits comes with the answer. */
  async function begin(thread: ThreadRef, name: string): Promise<void> {
    try {
      await deps.startThread(thread, name);
    } catch (error) {
      const passing =
        error instanceof DeckhandError && error.retryable && error.code !== 'platform.unauthorized';
      if (!passing) throw error;
    }
  }

  /** Discord's own updates, such as a preview of a link, are no edits: they carry no time of one. */
  async function edited(message: DiscordSaid, way: Way): Promise<void> {
    if (!message.edited_timestamp || !message.author || isProgram(message)) return;
    const id = messageIdentity(message.channel_id, message.id);
    await inOrder(message, way, always, async (place) => {
      const mention = place.kind === 'direct' || addresses(message, deps.own(place.guild));
      // Where we cannot read, an edit is empty.
      if (!mention && !self.readsContent) return;
      const text = plainText(message, deps.own(place.guild));
      const known = await amend.edited('discord', id, text, authorOf(message).name);
      // An edit that adds the mention asks now.
      if (!known && mention) await take(message, place, true);
    });
  }

  async function deleted(
    message: { id: string; channel_id: string; guild_id?: string },
    way: Way,
  ): Promise<void> {
    const id = messageIdentity(message.channel_id, message.id);
    await inOrder(message, way, always, async () => void (await amend.deleted('discord', id, 'its author')));
  }

  function authorOf({ author, member }: DiscordSaid): InboundMessage['author'] {
    return { accountId: author.id, name: member?.nick ?? author.global_name ?? author.username };
  }

  async function refuse(thread: ThreadRef, eventId: string, text: string): Promise<void> {
    await say({ key: refusalKey(eventId), thread, text });
  }
}

/** What is said in one thread is taken in order; each mention in a channel begins a thread of its own. */
function laneOf(place: Place, { channel_id: channel, id }: { channel_id: string; id: string }): string {
  return place.kind === 'channel' ? id : channel;
}

function threadOf(place: Place, { channel_id: channel, id }: { channel_id: string; id: string }): ThreadRef {
  if (place.kind === 'direct') return discordThread(undefined, channel, channel);
  const guild = place.guild ?? undefined;
  return place.kind === 'thread'
    ? discordThread(guild, place.parent ?? channel, channel)
    : discordThread(guild, channel, id);
}

const refusalKey = (eventId: string): string => `discord/${eventId}/refused`;
