import { createHash } from 'node:crypto';
import {
  type APIApplicationCommandAutocompleteInteraction,
  type APIApplicationCommandInteraction,
  type APIApplicationCommandOptionChoice,
  type APIMessage,
  type APIModalInteractionResponseCallbackData,
  ApplicationCommandOptionType as Option,
  type RESTPostAPIApplicationCommandsJSONBody,
  Routes,
} from 'discord-api-types/v10';
import type { HandleMessage } from '#bots/inbound.ts';
import type { Verb } from '#bots/verbs.ts';
import type { Identities } from '#core/identity/ports.ts';
import { maySee } from '#core/identity/visibility.ts';
import type { Sessions } from '#core/sessions/ports.ts';
import type { DiscordCalls } from './calls.ts';
import type { Doing } from './doing.ts';
import { askModal } from './modals.ts';
import { cut } from './render-parts.ts';
import { startThread, threadName } from './threads.ts';
import { discordThread } from './types.ts';
import type { DiscordVerbs } from './verbs.ts';

export interface CommandDeps {
  calls: DiscordCalls;
  handle: HandleMessage;
  identities: Identities;
  sessions: Sessions;
  verbs: DiscordVerbs;
}

export interface DiscordCommands {
  /** The form that answers a command; null: it is answered with words. */
  modalOf(interaction: APIApplicationCommandInteraction): APIModalInteractionResponseCallbackData | null;
  /** Does what a command says; gives the words for whoever gave it. */
  run(interaction: APIApplicationCommandInteraction, doing: Doing): Promise<string>;
  complete(
    interaction: APIApplicationCommandAutocompleteInteraction,
    doing: Doing,
  ): Promise<APIApplicationCommandOptionChoice<string>[]>;
  /** A request that was not written as a message: it becomes one, with a thread of its own. */
  ask(text: string, doing: Doing): Promise<string>;
}

const about: Record<Verb, string> = {
  stop: 'Stop what I do in this thread',
  retry: 'Ask the last request of this thread again',
  status: 'How the last request of a thread stands',
  help: 'What I can do here',
};

const optionCharacters = 100;
const choices = 25;
const oldCommand =
  'This command has changed since Discord loaded it. Type / and choose it again, or mention me.';

/** `/deckhand …`, the same verbs as elsewhere; Discord, other than Slack, has commands in threads too. */
export const commandList: RESTPostAPIApplicationCommandsJSONBody[] = [
  {
    name: 'deckhand',
    description: 'Ask Deckhand, and look after what it does',
    options: [
      {
        type: Option.Subcommand,
        name: 'ask',
        description: 'Ask me something; a thread begins with it',
        options: [
          { type: Option.String, name: 'request', description: 'Left out: a form opens', max_length: 1500 },
        ],
      },
      ...Object.entries(about).map(([name, description]) => ({
        type: Option.Subcommand as const,
        ...{ name, description },
        ...(name === 'status'
          ? {
              options: [
                {
                  type: Option.String as const,
                  ...{ name: 'thread', description: 'One of your threads; this one when left out' },
                  autocomplete: true as const,
                },
              ],
            }
          : {}),
      })),
    ],
  },
];

/** Puts the commands where people find them: one guild at once, for trying out; else everywhere. */
export async function registerCommands(
  calls: DiscordCalls,
  app: string,
  guild: string | undefined,
): Promise<void> {
  const route = guild ? Routes.applicationGuildCommands(app, guild) : Routes.applicationCommands(app);
  await calls.call('PUT', route, {
    body: commandList,
    needs: 'applications.commands (invite the bot again)',
  });
}

export function discordCommands({
  calls,
  handle,
  identities,
  sessions,
  verbs,
}: CommandDeps): DiscordCommands {
  const commands: DiscordCommands = {
    modalOf: (interaction) => {
      const { sub, options } = read(interaction);
      return sub === 'ask' && !options.request ? askModal('ask') : null;
    },

    run: async (interaction, doing) => {
      const { sub, options } = read(interaction);
      if (sub === 'ask') return commands.ask(options.request ?? '', doing);
      if (!Object.hasOwn(about, sub)) return oldCommand;
      const thread =
        sub === 'status' && options.thread ? await threadOf(options.thread, doing) : doing.thread;
      if (!thread) return 'I know no such thread of yours. Choose one from the list.';
      const given = { thread, eventId: doing.eventId, author: doing.by.account, sentAt: doing.sentAt };
      return (await verbs.perform(sub as Verb, given)) ?? 'Done: the thread shows it.';
    },

    complete: async (interaction, doing) => {
      const typed = (read(interaction).options.thread ?? '').toLowerCase();
      const mine = await visible(doing);
      return mine
        .filter(({ title }) => title.toLowerCase().includes(typed))
        .slice(0, choices)
        .map(({ title, sessionId }) => ({
          name: cut(title || sessionId, optionCharacters),
          value: sessionId,
        }));
    },

    ask: async (text, doing) => {
      const { by, kind } = doing;
      if (text.trim() === '') return 'I did not start this: the message is empty. Tell me what you need.';
      const thread = kind === 'channel' ? await newThread(text, doing) : doing.thread;
      const outcome = await handle({
        ...{ thread, eventId: doing.eventId, author: by.account, text, files: [], mention: true },
        sentAt: doing.sentAt.toISOString(),
      });
      if (outcome.kind === 'refused') return outcome.message;
      return `Asked: <#${thread.thread}>`;
    },
  };
  return commands;

  /** What was asked stands in the channel, and its thread begins there. Once, however often it is tried. */
  async function newThread(text: string, { thread, by, eventId }: Doing) {
    const nonce = createHash('sha256').update(eventId).digest('hex').slice(0, 25);
    const said = await calls.call<APIMessage>('POST', Routes.channelMessages(thread.channel), {
      body: {
        content: `**${by.account.name}** asks: ${cut(text, 1_900)}`,
        ...{ nonce, enforce_nonce: true, allowed_mentions: { parse: [] } },
      },
      needs: 'Send Messages',
    });
    const begun = discordThread(thread.workspace, thread.channel, said.id);
    await startThread(calls, begun, threadName(text, by.account.name));
    return begun;
  }

  async function visible({ by, thread }: Doing) {
    const workspace = { externalId: thread.workspace, name: thread.workspace };
    const user = await identities.resolve('discord', workspace, {
      id: by.account.accountId,
      name: by.account.name,
    });
    const all = await sessions.list({ platform: 'discord', limit: 200 });
    return all.filter((one) => one.workspaceId === user.workspaceId && maySee(user, one));
  }

  async function threadOf(sessionId: string, doing: Doing) {
    return (await visible(doing)).find((one) => one.sessionId === sessionId)?.thread ?? null;
  }
}

type Interaction = APIApplicationCommandInteraction | APIApplicationCommandAutocompleteInteraction;

/** The subcommand and its options, whatever version of the command was used. */
function read({ data }: Interaction): { sub: string; options: Record<string, string> } {
  const [first] = 'options' in data ? (data.options ?? []) : [];
  if (first?.type !== Option.Subcommand) return { sub: '', options: {} };
  const options: Record<string, string> = {};
  for (const one of first.options ?? []) if ('value' in one) options[one.name] = String(one.value);
  return { sub: first.name, options };
}
