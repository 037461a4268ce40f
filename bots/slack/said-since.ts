import { z } from 'zod';
import { DeckhandError } from '#core/errors.ts';
import type { Sessions } from '#core/sessions/ports.ts';
import type { SlackCalls } from './calls.ts';
import { type Posted, said } from './events.ts';
import type { SlackSelf } from './types.ts';

export interface SaidSinceDeps {
  calls: SlackCalls;
  self: SlackSelf;
  sessions: Pick<Sessions, 'list'>;
}

/**
 * Everything that was said after `oldest` (a `ts`) where we are a member, and since we are one: each conversation and each
 * thread in its order, a thread's first message before its replies.
 */
export type SaidSince = (oldest: string) => AsyncGenerator<Posted>;

/** `latest_reply`: the newest answer in the thread that this message began. */
const listed = said.extend({ latest_reply: z.string().optional() });
type Listed = z.infer<typeof listed>;

/** How far a conversation was read. */
interface Reached {
  messages: Listed[];
  /** The first message that was listed; '': it is the first of all. */
  from: string;
  /** What was said up to then is not for us: it was read before, or we were not there. */
  since: string;
}

/** Somebody came in (docs.slack.dev/reference/events/message/channel_join); the second in older private channels. */
const comings = new Set(['channel_join', 'group_join']);

const page = 200;
/** Nobody waits for a reading: Slack's limits may take their time. */
const maxWaitMs = 120_000;
const mostSessions = 200;

/**
 * `conversations.history` "returns only parent messages": their `latest_reply` says which threads have anything new, so that
 * a call for each conversation is all that a quiet workspace costs. Threads that began before the newest page are
 * asked for one by one where a session of ours stands in them.
 */
export function openSaidSince({ calls, self, sessions }: SaidSinceDeps): SaidSince {
  return async function* saidSince(oldest) {
    const reached = new Map<string, Pick<Reached, 'from' | 'since'>>();
    for (const { id, direct } of await conversations()) {
      const place = { type: 'message' as const, channel: id, ...(direct ? { channel_type: 'im' } : {}) };
      const { messages, from, since } = await history(id, oldest);
      reached.set(id, { from, since });
      for (const message of messages) if (message.ts > since) yield { ...message, ...place };
      for (const { ts, latest_reply: reply = '' } of messages) {
        if (reply > since) for (const message of await replies(id, ts, since)) yield { ...message, ...place };
      }
    }
    for (const { thread } of await sessions.list({ platform: 'slack', limit: mostSessions })) {
      const place = thread.workspace === self.teamId && reached.get(thread.channel);
      if (!place || thread.thread >= place.from) continue;
      for (const message of await replies(thread.channel, thread.thread, place.since))
        yield { ...message, type: 'message', channel: thread.channel };
    }
  };

  async function conversations(): Promise<{ id: string; direct: boolean }[]> {
    const types = 'public_channel,private_channel,mpim,im';
    const found: { id: string; direct: boolean }[] = [];
    let cursor: string | undefined;
    do {
      const answer = await calls.call({ method: 'users.conversations', maxWaitMs }, (client) =>
        client.users.conversations({ types, limit: page, exclude_archived: true, ...at(cursor) }),
      );
      for (const { id, is_im: direct = false } of answer.channels ?? []) if (id) found.push({ id, direct });
      cursor = answer.response_metadata?.next_cursor || undefined;
    } while (cursor);
    return found;
  }

  /** The newest page of a conversation, and those before it back to `oldest`. */
  async function history(channel: string, oldest: string): Promise<Reached> {
    const messages: Listed[] = [];
    let cursor: string | undefined;
    do {
      const answer = await unlessGone({ messages: [] }, () =>
        calls.call({ method: 'conversations.history', maxWaitMs }, (client) =>
          client.conversations.history({ channel, limit: page, ...at(cursor) }),
        ),
      );
      messages.push(...messagesOf(answer.messages));
      cursor = nextOf(answer);
    } while (cursor && (messages.at(-1)?.ts ?? '') > oldest);
    messages.sort(byTime);
    const came = messages.findLast((one) => one.user === self.userId && comings.has(one.subtype ?? ''));
    const since = came && came.ts > oldest ? came.ts : oldest;
    return { messages, from: cursor ? (messages[0]?.ts ?? '') : '', since };
  }

  async function replies(channel: string, root: string, oldest: string): Promise<Listed[]> {
    const found: Listed[] = [];
    let cursor: string | undefined;
    do {
      const answer = await unlessGone({ messages: [] }, () =>
        calls.call({ method: 'conversations.replies', maxWaitMs }, (client) =>
          client.conversations.replies({ channel, ts: root, oldest, limit: page, ...at(cursor) }),
        ),
      );
      found.push(...messagesOf(answer.messages));
      cursor = nextOf(answer);
    } while (cursor);
    // Its root stands on every page.
    return found.filter(({ ts }) => ts > oldest && ts !== root).sort(byTime);
  }
}

/** The thread or the channel is gone: nothing was said there that we could answer. */
async function unlessGone<T, G>(gone: G, read: () => Promise<T>): Promise<T | G> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof DeckhandError && error.code === 'platform.refused') return gone;
    throw error;
  }
}

const at = (cursor: string | undefined) => (cursor ? { cursor } : {});

function nextOf(answer: object): string | undefined {
  const { response_metadata: more } = answer as { response_metadata?: { next_cursor?: string } };
  return more?.next_cursor || undefined;
}

function messagesOf(messages: unknown[] = []): Listed[] {
  return messages.flatMap((message) => listed.safeParse(message).data ?? []);
}

function byTime(a: Listed, b: Listed): number {
  return a.ts < b.ts ? -1 : 1;
}
