import type { Presence } from '#core/chat/presence-port.ts';
import type { Log } from '#core/log.ts';
import type { Sessions } from '#core/sessions/ports.ts';
import type { SlackCalls } from './calls.ts';
import { type Posted, type SlackSaid, said } from './events.ts';
import { instantOf, type SlackSelf } from './types.ts';

export interface CatchUpDeps {
  calls: SlackCalls;
  self: SlackSelf;
  presence: Presence;
  sessions: Sessions;
  log: Log;
  /** Takes a message as if Slack had sent it now. */
  take(message: Posted): Promise<void>;
  /** Says that a message is too old to be run. */
  tooOld(message: Posted): Promise<void>;
  connected(): boolean;
}

export interface CatchUp {
  /** Looks now: a connection stands. */
  now(): void;
  stop(): Promise<void>;
}

/**
 * Slack itself sends again, after three seconds, a minute and five: an absence that none of these is likely to fall into needs
 * nothing. Several short ones might meet all of them, so that it is not much longer than a restart.
 */
const everyMs = 5_000;
const gapMs = 15_000;
/** Events of the last moments before the gap may have been lost with it. */
const overlapMs = 60_000;
/** What is older is listed, not run. */
const oldMs = 24 * 3600_000;
const page = 200;
const mostSessions = 200;

/**
 * Reads again what was said while Slack could not reach us, or while we could not keep it, and hands it in: messages
 * have identities, so what was taken before is taken once. A first start ever answers nothing old (I1).
 */
export function startCatchUp(deps: CatchUpDeps): CatchUp {
  const { calls, self, presence, sessions, log } = deps;
  let running: Promise<void> | null = null;

  async function look(): Promise<void> {
    const now = new Date();
    const seen = await presence.seen('slack', self.teamId);
    if (seen && now.getTime() - seen.getTime() > gapMs) {
      log.info({ since: seen.toISOString() }, 'reading what was said while Slack could not reach us');
      await readSince(new Date(seen.getTime() - overlapMs), now);
    }
    await presence.mark('slack', self.teamId, now);
  }

  async function readSince(since: Date, now: Date): Promise<void> {
    const oldest = (since.getTime() / 1000).toFixed(6);
    const threads = new Set<string>();
    for (const { id, direct } of await conversations()) {
      for (const message of await history(id, oldest)) await hand(id, direct, message, now);
    }
    for (const { thread } of await sessions.list({ platform: 'slack', limit: mostSessions })) {
      if (thread.workspace === self.teamId) threads.add(`${thread.channel} ${thread.thread}`);
    }
    for (const thread of threads) {
      const [channel = '', root = ''] = thread.split(' ');
      for (const message of await replies(channel, root, oldest)) {
        await hand(channel, channel.startsWith('D'), message, now);
      }
    }
  }

  async function hand(channel: string, direct: boolean, message: SlackSaid, now: Date): Promise<void> {
    const kind = direct ? { channel_type: 'im' } : {};
    const posted: Posted = { ...message, type: 'message', channel, ...kind };
    const old = now.getTime() - instantOf(message.ts).getTime() > oldMs;
    await (old ? deps.tooOld(posted) : deps.take(posted));
  }

  async function conversations(): Promise<{ id: string; direct: boolean }[]> {
    const types = 'public_channel,private_channel,mpim,im';
    const found: { id: string; direct: boolean }[] = [];
    let cursor: string | undefined;
    do {
      const answer = await calls.call({ method: 'users.conversations' }, (client) =>
        client.users.conversations({ types, limit: page, exclude_archived: true, ...at(cursor) }),
      );
      for (const { id, is_im: direct = false } of answer.channels ?? []) if (id) found.push({ id, direct });
      cursor = answer.response_metadata?.next_cursor || undefined;
    } while (cursor);
    return found;
  }

  async function history(channel: string, oldest: string): Promise<SlackSaid[]> {
    const found: SlackSaid[] = [];
    let cursor: string | undefined;
    do {
      const answer = await calls.call({ method: 'conversations.history' }, (client) =>
        client.conversations.history({ channel, oldest, limit: page, ...at(cursor) }),
      );
      found.push(...messagesOf(answer.messages));
      cursor = answer.response_metadata?.next_cursor || undefined;
    } while (cursor);
    return inOrder(found);
  }

  async function replies(channel: string, root: string, oldest: string): Promise<SlackSaid[]> {
    const answer = await calls
      .call({ method: 'conversations.replies' }, (client) =>
        client.conversations.replies({ channel, ts: root, oldest, limit: 999 }),
      )
      .catch((error) => {
        // The thread or the channel is gone: nothing was said there that we could answer.
        if (error.code === 'platform.refused') return { messages: [] };
        throw error;
      });
    return inOrder(messagesOf(answer.messages)).filter(({ ts }) => ts > oldest);
  }

  function lookNow(): void {
    running ??= look()
      .catch((error) => log.warn({ err: error }, 'what was said meanwhile is read later'))
      .finally(() => {
        running = null;
      });
  }

  const timer = setInterval(() => {
    if (deps.connected()) lookNow();
  }, everyMs);
  if (deps.connected()) lookNow();
  return {
    now: lookNow,
    stop: async () => {
      clearInterval(timer);
      await running;
    },
  };
}

const at = (cursor: string | undefined) => (cursor ? { cursor } : {});

function messagesOf(messages: unknown[] = []): SlackSaid[] {
  return messages.flatMap((message) => said.safeParse(message).data ?? []);
}

function inOrder(messages: SlackSaid[]): SlackSaid[] {
  return messages.sort((a, b) => (a.ts < b.ts ? -1 : 1));
}
