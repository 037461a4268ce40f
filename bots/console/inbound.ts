import type { TryCommand } from '#bots/commands.ts';
import type { InboundMessage, InboundOutcome } from '#core/chat/inbound.ts';
import type { CommandReply } from '#core/commands/reply.ts';
import type { FileRef, Person } from '#core/events/types.ts';
import {
  type ConsoleMessage,
  type ConsolePost,
  type ConsoleSaid,
  type ConsoleThreads,
  consoleThread,
} from './types.ts';

/** The one way in, as `bots/inbound` gives it. */
export type HandleMessage = (message: InboundMessage) => Promise<InboundOutcome>;

export interface ConsoleInbound {
  /**
   * Takes a person's message: keeps it, hands it in, notes on it what became of it. The same key gives the same
   * message and no second turn, however often it is sent (I1, I2).
   */
  say(message: Said): Promise<ConsoleMessage>;
  /** The message that this person has sent under this key, handed in if it was not yet; null when there is none. */
  again(author: Person, key: string): Promise<ConsoleMessage | null>;
  /** Hands in again what an earlier process kept but did not live to hand in. Gives how many there were. */
  redeliver(now: Date): Promise<number>;
}

export interface Said {
  threadId: string;
  author: Person;
  text: string;
  files: FileRef[];
  /** The sender's own name for this message; a repeated request carries it again. */
  key: string;
}

const settledMs = 30_000;
const batch = 100;
const maxBatches = 100;

/** A command begins with a slash; `/etc/hosts is wrong` begins with a path. */
const commandSign = /^\/(?!\S*\/)/;

/** The console's door for messages. */
export function consoleInbound(
  threads: ConsoleThreads,
  handle: HandleMessage,
  tryCommand: TryCommand,
): ConsoleInbound {
  async function deliver(message: ConsoleMessage, said: ConsoleSaid): Promise<ConsoleMessage> {
    if (said.outcome) return message;
    const inbound: InboundMessage = {
      thread: consoleThread(message.threadId),
      eventId: message.messageId,
      author: { accountId: said.author.userId, name: said.author.name },
      text: said.text,
      files: said.files,
      mention: true,
      sentAt: message.createdAt,
    };
    const isCommand = commandSign.test(said.text);
    const reply = isCommand ? await tryCommand({ ...inbound, text: said.text.slice(1) }, 'console') : null;
    if (reply) await answer(message, reply);
    const outcome: ConsoleSaid['outcome'] = reply ? { kind: 'command' } : noted(await handle(inbound));
    const content = { ...said, outcome };
    return (await threads.edit(message.messageId, content)) ?? message;
  }

  async function answer({ threadId, messageId }: ConsoleMessage, { ok, text, cards }: CommandReply) {
    const content: ConsolePost = {
      type: 'post',
      kind: 'notice',
      turnId: null,
      blocks: [
        ok ? { type: 'markdown', text } : { type: 'line', tone: 'alert', text, at: null },
        ...cards.map((card) => ({ type: 'schedule' as const, ...card })),
      ],
    };
    await threads.post({ threadId, authorId: null, key: `reply:${messageId}`, content });
  }

  return {
    async say({ threadId, author, text, files, key }) {
      const content: ConsoleSaid = { type: 'said', author, text, files, outcome: null };
      const kept = await threads.post({
        threadId,
        authorId: author.userId,
        key: keyOf(author, key),
        content,
      });
      return kept.content.type === 'said' ? await deliver(kept, kept.content) : kept;
    },

    async again(author, key) {
      const kept = await threads.findByKey(null, keyOf(author, key));
      return kept?.content.type === 'said' ? await deliver(kept, kept.content) : kept;
    },

    async redeliver(now) {
      let count = 0;
      // What is younger may still be in another process's hands; a second delivery would do no harm, only work.
      const olderThan = new Date(now.getTime() - settledMs);
      for (let round = 0; round < maxBatches; round += 1) {
        const lost = await threads.undelivered(olderThan, batch);
        for (const message of lost) {
          if (message.content.type === 'said') await deliver(message, message.content);
        }
        count += lost.length;
        if (lost.length < batch) break;
      }
      return count;
    },
  };
}

/** Two people's keys never meet. */
function keyOf(author: Person, key: string): string {
  return `said:${author.userId}:${key}`;
}

function noted(outcome: InboundOutcome): ConsoleSaid['outcome'] {
  switch (outcome.kind) {
    case 'accepted':
      return {
        kind: 'accepted',
        sessionId: outcome.sessionId,
        turnId: outcome.turnId,
        ahead: outcome.ahead,
      };
    case 'duplicate':
      return { kind: 'accepted', sessionId: outcome.sessionId, turnId: outcome.turnId, ahead: 0 };
    case 'refused':
      return { kind: 'refused', code: outcome.code, message: outcome.message };
    case 'not_addressed':
      return {
        kind: 'refused',
        code: 'message.not_addressed',
        message: 'This was not taken as a request. Send it again, or write to Deckhand in a new thread.',
      };
  }
}
