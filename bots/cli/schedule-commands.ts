import { type Command, Option } from 'commander';
import type { Client } from './client.ts';
import * as schedules from './schedules.ts';
import type { Terminal } from './terminal.ts';

type Run = (work: (client: Client, signal: AbortSignal) => Promise<unknown>) => Promise<void>;

/** `deckhand schedules …` and `deckhand do …`. */
export function addScheduleCommands(program: Command, terminal: Terminal, run: Run): void {
  const own = program
    .command('schedules')
    .description('your schedules: list, add, edit, pause, run, delete, history');

  own
    .command('list', { isDefault: true })
    .description('lists them, soonest first')
    .option('--all', "everybody's, for administrators")
    .option('--json', 'as JSON')
    .action((options: { all?: boolean; json?: boolean }) =>
      run((client) => schedules.list(client, options, terminal)),
    );

  const withOptions = (command: Command) =>
    command
      .option('--zone <zone>', 'time zone, e.g. Europe/Berlin; default: yours')
      .addOption(
        new Option('--overlap <how>', 'while an earlier one runs').choices(['allow', 'skip', 'buffer_one']),
      )
      .addOption(new Option('--missed <how>', 'when Deckhand was off').choices(['skip', 'run_once']))
      .option('--thread <id>', 'run in this console thread instead of a new one each time')
      .option('--yes', 'save without asking')
      .option('--json', 'the schedule as JSON');

  withOptions(
    own.command('add').argument('<words...>', 'when and what: every weekday at 9:00 check the backups'),
  )
    .description('shows what was understood, then saves')
    .action((words: string[], options: schedules.AddOptions) =>
      run((client, signal) => schedules.add(client, words.join(' '), options, terminal, signal)),
    );
  withOptions(own.command('edit').argument('<id>').argument('<words...>', 'when and what'))
    .description('changes one; its history stays')
    .action((id: string, words: string[], options: schedules.AddOptions) =>
      run((client, signal) =>
        schedules.add(client, words.join(' '), { ...options, changes: id }, terminal, signal),
      ),
    );

  for (const [act, says] of [
    ['pause', 'pauses one'],
    ['resume', 'lets a paused one go on'],
    ['run', 'runs one now'],
    ['save', 'saves a draft'],
  ] as const) {
    own
      .command(act)
      .argument('<id>')
      .description(says)
      .action((id: string) => run((client) => schedules.act(client, id, act, terminal)));
  }
  own
    .command('delete')
    .argument('<id>')
    .description('deletes one, with its history')
    .action((id: string) => run((client) => schedules.remove(client, id, terminal)));
  own
    .command('history')
    .argument('<id>')
    .description('its firings, newest first')
    .option('--json', 'as JSON')
    .action((id: string, { json = false }: { json?: boolean }) =>
      run((client) => schedules.history(client, id, json, terminal)),
    );

  program
    .command('do')
    .argument('<command...>', 'in the words of chat: schedules, whoami, help')
    .description('does a command in the words of chat')
    .option('--thread <id>', 'about this console thread')
    .action((words: string[], { thread }: { thread?: string }) =>
      run((client) => schedules.command(client, words.join(' '), thread, terminal)),
    );
}
