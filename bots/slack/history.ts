import type { ThreadRef } from '#core/chat/thread-ref.ts';
import { messageOf } from '#core/errors.ts';
import type { Quote } from '#core/events/types.ts';
import type { Log } from '#core/log.ts';
import type { SlackCalls } from './calls.ts';
import type { People } from './people.ts';
import { mentioned, plainText } from './text.ts';
import type { SlackSelf } from './types.ts';

export interface HistoryDeps {
  calls: SlackCalls;
  people: People;
  self: SlackSelf;
  log: Log;
}

/** What was said in a thread before a message, oldest first. Empty when Slack does not tell in time. */
export type ThreadHistory = (thread: ThreadRef, beforeTs: string) => Promise<Quote[]>;

const mostMessages = 30;
const mostCharacters = 12_000;
const page = 200;
/** The event waits for its acknowledgement meanwhile: better asked without the past than asked late. */
const maxWaitMs = 1_500;

interface SeenReply {
  ts?: string;
  user?: string;
  bot_id?: string;
  text?: string;
  username?: string;
}

/** The thread before the mention that opens a session, for the agent to read. */
export function threadHistory({ calls, people, self, log }: HistoryDeps): ThreadHistory {
  async function nameOf(message: SeenReply): Promise<string> {
    if (!message.user || message.bot_id) return message.username ?? 'a bot';
    return people.byId(message.user).then(
      ({ name }) => name,
      () => 'somebody',
    );
  }

  async function quote(message: SeenReply): Promise<Quote> {
    const names = new Map<string, string>();
    for (const id of mentioned(message.text ?? '')) names.set(id, await nameOf({ user: id }));
    const text = plainText(message.text ?? '', self.userId, (id) => names.get(id) ?? id);
    return { name: await nameOf(message), text };
  }

  async function read(thread: ThreadRef, beforeTs: string): Promise<Quote[]> {
    const { channel, thread: ts } = thread;
    const { messages } = await calls.call({ method: 'conversations.replies', maxWaitMs }, (client) =>
      client.conversations.replies({ channel, ts, latest: beforeTs, inclusive: false, limit: page }),
    );
    const before = ((messages ?? []) as SeenReply[]).filter(
      (message) => (message.ts ?? '') < beforeTs && message.user !== self.userId && message.text,
    );
    const quotes = await Promise.all(before.slice(-mostMessages).map(quote));
    // The newest matter most: what no longer fits is left out from there on.
    let room = mostCharacters;
    const first = quotes.findLastIndex(({ text }) => {
      room -= text.length;
      return room < 0;
    });
    return quotes.slice(first + 1);
  }

  return async (thread, beforeTs) => {
    const late = new Promise<Quote[]>((done) => setTimeout(done, maxWaitMs, []).unref());
    const told = read(thread, beforeTs).catch((error) => {
      log.warn({ reason: messageOf(error) }, 'asked without what was said before');
      return [];
    });
    return Promise.race([told, late]);
  };
}
