import type { ChatAdapter } from '#core/chat/adapter.ts';
import type { InboundMessage } from '#core/chat/inbound.ts';
import type { Notices } from '#core/chat/notices-port.ts';
import type { Platform } from '#core/chat/thread-ref.ts';
import { readCommand } from '#core/commands/read-command.ts';
import type { Surface } from '#core/commands/surfaces.ts';
import type { TryCommand } from './commands.ts';
import type { SayNotice } from './notices.ts';

export interface SaidCommandDeps {
  adapters: Partial<Record<Platform, ChatAdapter>>;
  notices: Pick<Notices, 'kept' | 'mark'>;
  run: TryCommand;
  say: SayNotice;
}

/** Where a message was said. */
export interface SaidWhere {
  surface: Surface;
  /** Does nobody but its author read along? */
  alone: boolean;
  workspaceName?: string | undefined;
}

/** Does what a message says when it is a command; false: it is a request, or just talk. */
export type TakeCommand = (message: InboundMessage, where: SaidWhere) => Promise<boolean>;

/**
 * Commands in messages, the same on every platform. A message is taken once, however often it comes (I1): what it was
 * answered is kept before the platform is told. Answers that are nobody else's business go to their author directly.
 */
export function openSaidCommands({ adapters, notices, run, say }: SaidCommandDeps): TakeCommand {
  return async (message, { surface, alone, workspaceName }) => {
    const { thread, eventId, author, text } = message;
    if (readCommand(text, surface).kind === 'prompt') return false;
    const key = `${thread.platform}/${eventId}/command`;
    if (await notices.kept(key)) return true;
    const reply = await run(message, surface, workspaceName);
    if (!reply) return false;
    if (reply.shows) {
      await notices.mark(key, thread);
      return true;
    }
    const direct = reply.private && !alone && adapters[thread.platform]?.direct;
    if (direct) {
      const words = `${author.name}: the answer is for you alone, so I sent it to you directly.`;
      await say({ key: `${key}/where`, thread, text: words });
    }
    const to = direct ? direct(thread.workspace, author.accountId) : thread;
    await say({ key, thread: to, text: reply.text, cards: reply.cards });
    return true;
  };
}
