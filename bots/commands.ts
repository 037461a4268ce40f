import type { ChatAdapter } from '#core/chat/adapter.ts';
import { opensThreads } from '#core/chat/capabilities.ts';
import type { InboundMessage } from '#core/chat/inbound.ts';
import type { Platform } from '#core/chat/thread-ref.ts';
import type { CommandContext, CommandDeps } from '#core/commands/ports.ts';
import { readCommand } from '#core/commands/read-command.ts';
import { type CommandReply, refused } from '#core/commands/reply.ts';
import { runCommand } from '#core/commands/run-command.ts';
import type { Surface } from '#core/commands/surfaces.ts';
import type { FileRef } from '#core/events/types.ts';
import type { Files } from '#core/files/ports.ts';
import { type SpeakPolicy, whyNotSpeak } from '#core/identity/may-speak.ts';
import type { HandleMessage } from './inbound.ts';

export interface CommandParts extends Omit<CommandDeps, 'ask'> {
  adapters: Partial<Record<Platform, ChatAdapter>>;
  files: Files;
  /** The one way in. */
  handle: HandleMessage;
  /** Left out: guests may not. */
  policy?: SpeakPolicy;
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

export function openCommands(parts: CommandParts): TryCommand {
  const { adapters, files, handle, policy = { guests: false }, now = () => new Date(), ...rest } = parts;
  const deps: CommandDeps = {
    ...rest,
    ask: async (context, { text, where, files: attached = [] }) => {
      const key = `command/${context.messageId}`;
      const thread = where === 'fresh' ? await freshThread(context, text, key) : context.thread;
      return await handle({
        thread,
        eventId: key,
        author: { accountId: context.account.id, name: context.account.name },
        text,
        files: await Promise.all(attached.map((file) => copied(file, context.person.userId))),
        mention: true,
        sentAt: context.sentAt.toISOString(),
      });
    },
  };

  /** A file belongs to one message: the same content is attached anew. */
  function copied({ name, mediaType, size, blob }: FileRef, by: string): Promise<FileRef> {
    return files.add({ name, mediaType, size, blob }, 'in', by, null);
  }

  async function freshThread({ thread, account }: CommandContext, text: string, key: string) {
    const adapter = adapters[thread.platform];
    if (!adapter || !opensThreads(adapter)) return thread;
    return await adapter.openThread(thread, `${account.name}: ${text}`, key);
  }

  return async (message, surface, workspaceName = message.thread.workspace) => {
    if (readCommand(message.text, surface).kind === 'prompt') return null;
    // Who may not speak here is made known to nobody by a command.
    const why = whyNotSpeak('member', message.author.standing ?? 'member', policy);
    if (why) return refused(`You cannot do this: ${why}.`);
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
      sentAt: new Date(message.sentAt),
    };
    return await runCommand(message.text, context, deps);
  };
}
