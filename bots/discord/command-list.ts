import {
  type APIApplicationCommandStringOption,
  type APIApplicationCommandSubcommandOption,
  ApplicationCommandOptionType as Option,
  type RESTPostAPIApplicationCommandsJSONBody,
  Routes,
} from 'discord.js';
import { fieldsOf, type VerbOption } from '#core/commands/options.ts';
import { offered } from '#core/commands/read-command.ts';
import { type Verb, verbs } from '#core/commands/verbs.ts';
import type { DiscordCalls } from './calls.ts';

/** What a thread is named by where a command may be about another one than this. */
export const threadOption = 'thread';

/** The one grammar as `/deckhand …`: a subcommand for each verb that is to be had here, its fields as options. */
export const commandList: RESTPostAPIApplicationCommandsJSONBody[] = [
  {
    name: 'deckhand',
    description: 'Ask Deckhand, and look after what it does',
    options: verbs.filter((verb) => offered(verb, 'discord_slash')).map(subcommand),
  },
];

function subcommand(verb: Verb): APIApplicationCommandSubcommandOption {
  const thread = {
    ...{ type: Option.String as const, name: threadOption, autocomplete: true as const },
    description: 'One of your threads; this one when left out',
  };
  return {
    type: Option.Subcommand,
    name: verb.name,
    description: verb.help.slice(0, 100),
    options: [...fieldsOf(verb).options.map(option), ...(verb.name === 'status' ? [thread] : [])],
  };
}

function option(field: VerbOption): APIApplicationCommandStringOption {
  const { name, about: description, required = false, choices, completes } = field;
  const option = { type: Option.String as const, name, description, required };
  if (completes) return { ...option, autocomplete: true };
  return choices ? { ...option, choices: choices.map((value) => ({ name: value, value })) } : option;
}

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
