import type { ChatAdapter } from '#core/chat/adapter.ts';
import { opensThreads } from '#core/chat/capabilities.ts';
import type { InboundMessage } from '#core/chat/inbound.ts';
import type { Platform } from '#core/chat/thread-ref.ts';
import type { CommandContext, CommandDeps } from '#core/commands/ports.ts';
import type { CommandReply } from '#core/commands/reply.ts';
import { runCommand } from '#core/commands/run-command.ts';
import type { Surface } from '#core/commands/surfaces.ts';
import type { HandleMessage } from './inbound.ts';

export interface CommandParts extends Omit<CommandDeps, 'ask'> {
  adapters: Partial<Record<Platform, ChatAdapter>>;
  /** The one way in. */
  handle: HandleMessage;
  now?: () => Date;
}

/**
 * Does what a message says when it is a command, and gives what to answer its author; null: it is a request, hand it in.
 * An adapter calls it before the one way in, with the text that follows its own sign (`/`, `!deckhand`, the mention).
 */
export type TryCommand = (
  message: InboundMessage,
  surface: Surface,
  workspaceName?: string,
) => Promise<CommandReply | null>;

export function openCommands({
  adapters,
  handle,
  now = () => new Date(),
  ...rest
}: CommandParts): TryCommand {
  const deps: CommandDeps = {
    ...rest,
    ask: async (context, text, where) => {
      const key = `command/${context.messageId}`;
      const thread = where === 'fresh' ? await freshThread(context, text, key) : context.thread;
      return await handle({
        thread,
        eventId: key,
        author: { accountId: context.account.id, name: context.account.name },
        text,
        files: [],
        mention: true,
        sentAt: context.now.toISOString(),
      });
    },
  };

  async function freshThread({ thread, account }: CommandContext, text: string, key: string) {
    const adapter = adapters[thread.platform];
    if (!adapter || !opensThreads(adapter)) return thread;
    return await adapter.openThread(thread, `${account.name}: ${text}`, key);
  }

  return async (message, surface, workspaceName = message.thread.workspace) => {
    const { platform, workspace } = message.thread;
    const account = { id: message.author.accountId, name: message.author.name };
    const person = await rest.identities.resolve(
      platform,
      { externalId: workspace, name: workspaceName },
      account,
    );
    const context = {
      person,
      account,
      surface,
      thread: message.thread,
      messageId: message.eventId,
      now: now(),
    };
    return await runCommand(message.text, context, deps);
  };
}
