import {
  type APIApplicationCommandInteraction,
  type APIModalInteractionResponseCallbackData,
  ApplicationCommandOptionType as Option,
} from 'discord.js';
import type { TryCommand } from '#bots/commands.ts';
import { fieldsOf, lineOf } from '#core/commands/options.ts';
import { type CommandReply, refused } from '#core/commands/reply.ts';
import { type Verb, verbs } from '#core/commands/verbs.ts';
import { threadOption } from './command-list.ts';
import type { Completions, Typed } from './completions.ts';
import type { Doing } from './doing.ts';
import { openForm } from './modals.ts';

export interface CommandDeps {
  run: TryCommand;
  completions: Completions;
  guildName(guild: string | null): string;
}

export interface DiscordCommands {
  /** The form that answers a command; null: it is answered with words. */
  modalOf(interaction: APIApplicationCommandInteraction): APIModalInteractionResponseCallbackData | null;
  /** Does what a command says; the reply is for whoever gave it. */
  run(interaction: APIApplicationCommandInteraction, doing: Doing): Promise<CommandReply>;
  /** Does a command whose words were written into a form. */
  give(verb: string, words: string, doing: Doing): Promise<CommandReply>;
}

const oldCommand =
  'This command has changed since Discord loaded it. Type / and choose it again, or mention me.';

/** `/deckhand …`: the same words as elsewhere, in fields. Discord, other than Slack, has commands in threads too. */
export function discordCommands({ run, completions, guildName }: CommandDeps): DiscordCommands {
  async function say(text: string, { by, thread, eventId, sentAt }: Doing): Promise<CommandReply> {
    const message = { thread, eventId, author: by.account, text, files: [], mention: true };
    const name = guildName(thread.workspace);
    const reply = await run({ ...message, sentAt: sentAt.toISOString() }, 'discord_slash', name);
    if (!reply) throw new Error('everything is a command there');
    return reply;
  }

  return {
    modalOf: (interaction) => {
      const { sub, values } = readOptions(interaction.data);
      const verb = verbNamed(sub);
      const { form = [], options } = verb ? fieldsOf(verb) : { options: [] };
      if (!verb || form.every((name) => values[name])) return null;
      const written = options.flatMap(({ name }) => values[name] ?? []).join(' ');
      return openForm({ kind: 'command', verb: verb.name }, `/deckhand ${verb.name}`, labelOf(verb), written);
    },

    run: async (interaction, doing) => {
      const { sub, values } = readOptions(interaction.data);
      const verb = verbNamed(sub);
      if (!verb) return refused(oldCommand);
      const named = values[threadOption];
      const thread = named ? await completions.threadNamed(named, doing) : doing.thread;
      if (!thread) return refused('I know no such thread of yours. Choose one from the list.');
      return await say(lineOf(verb, values), { ...doing, thread });
    },

    give: (verb, words, doing) => say(`${verb} ${words}`, doing),
  };
}

function verbNamed(name: string): Verb | undefined {
  return verbs.find((verb) => verb.name === name);
}

/** "max 45 characters" (components/reference#label) */
function labelOf(verb: Verb): string {
  return (verb.examples[0] ?? verb.name).replace(`${verb.name} `, 'e.g. ').slice(0, 45);
}

/** The subcommand and its options, whatever version of the command was used. */
export function readOptions(data: APIApplicationCommandInteraction['data'] | Typed['data']): {
  sub: string;
  values: Record<string, string>;
  focused: string | null;
} {
  const [first] = 'options' in data ? (data.options ?? []) : [];
  if (first?.type !== Option.Subcommand) return { sub: '', values: {}, focused: null };
  const values: Record<string, string> = {};
  let focused: string | null = null;
  for (const one of first.options ?? []) {
    if ('value' in one) values[one.name] = String(one.value);
    if ('focused' in one && one.focused) focused = one.name;
  }
  return { sub: first.name, values, focused };
}
