import { type APIMessage, Routes } from 'discord.js';
import type { ThreadRef } from '#core/chat/thread-ref.ts';
import { messageOf } from '#core/errors.ts';
import type { Quote } from '#core/events/types.ts';
import type { Log } from '#core/log.ts';
import type { DiscordCalls } from './calls.ts';
import { type OwnMentions, plainText } from './text.ts';
import type { DiscordSaid } from './types.ts';

/** What was said in a thread before a message, oldest first. Empty when Discord does not tell in time. */
export type ThreadHistory = (thread: ThreadRef, message: DiscordSaid) => Promise<Quote[]>;

const mostMessages = 30;
const mostCharacters = 12_000;
/** The message is not committed meanwhile: better asked without the past than asked late. */
const withinMs = 1_500;

/** The thread before the mention that opens a session, or the message that the mention replies to. */
export function threadHistory(
  calls: DiscordCalls,
  own: (guild: string | null) => OwnMentions,
  log: Log,
): ThreadHistory {
  return async (thread, message) => {
    const me = own(message.guild_id ?? null);
    const answered = message.referenced_message;
    if (thread.thread === message.id) return answered ? quotes([answered], me) : [];
    try {
      const query = new URLSearchParams({ before: message.id, limit: String(mostMessages) });
      const route = Routes.channelMessages(thread.thread);
      const before = await calls.call<APIMessage[]>('GET', route, { query, withinMs });
      return quotes(before.toReversed(), me);
    } catch (error) {
      log.warn({ reason: messageOf(error) }, 'asked without what was said before');
      return [];
    }
  };
}

function quotes(messages: APIMessage[], me: OwnMentions): Quote[] {
  const said = messages.filter(({ author, content }) => author.id !== me.user && content !== '');
  const all = said.map((message) => ({
    name: message.author.global_name ?? message.author.username,
    text: plainText(message, me),
  }));
  // The newest matter most: what no longer fits is left out from there on.
  let room = mostCharacters;
  const first = all.findLastIndex(({ text }) => {
    room -= text.length;
    return room < 0;
  });
  return all.slice(first + 1);
}
