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
import { DeckhandError } from '#core/errors.ts';
import type { Log } from '#core/log.ts';
import type { DiscordCalls } from './calls.ts';
import { untilDone } from './until-done.ts';

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

/**
 * Puts the commands where people find them: one guild at once, for trying out; else everywhere. Tried again until
 * Discord takes or refuses them; the log says what came of it.
 */
export function registerCommands(
  calls: DiscordCalls,
  app: string,
  guild: string | undefined,
  { log, signal }: { log: Log; signal: AbortSignal },
): void {
  const route = guild ? Routes.applicationGuildCommands(app, guild) : Routes.applicationCommands(app);
  const put = () =>
    calls.call('PUT', route, {
      body: commandList,
      needs: 'applications.commands (invite the bot again)',
    });
  untilDone(put, signal, (error, againInMs) => {
    const final = error instanceof DeckhandError && !error.retryable;
    log.warn({ err: error, ...(final ? {} : { againInMs }) }, 'the commands of Discord are not registered');
    if (final) throw error;
  }).catch(() => {});
}
