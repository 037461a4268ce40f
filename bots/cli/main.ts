import { Command, InvalidArgumentError, Option } from 'commander';
import { type Config, readConfig } from '#core/config.ts';
import { DeckhandError, messageOf } from '#core/errors.ts';
import { rotateSigningKey } from '#core/infra/signing-key.ts';
import { type TemplateLayer, templateLayers } from '#core/templates/document.ts';
import { defaultTemplate } from '#core/templates/shipped.ts';
import type { Approve } from './answer-approval.ts';
import { ask } from './ask.ts';
import { connect } from './client.ts';
import { doctor } from './doctor.ts';
import { erasePerson } from './erase.ts';
import { showEvents, showSessions, showSignInLink, stopTurn } from './look.ts';
import { listServers } from './mcp.ts';
import { policyCommands } from './policy.ts';
import { exportSession, type VerifyOptions, verify } from './prove.ts';
import { addScheduleCommands } from './schedule-commands.ts';
import { secretCommands } from './secrets.ts';
import { checkTemplate, listTemplates, saveTemplate, showTemplate } from './template.ts';
import { openTerminal } from './terminal.ts';

const terminal = openTerminal();
const leaving = new AbortController();
process.once('SIGINT', () => leaving.abort());

/** Runs a command's work; what fails is said in one line, and the exit code is 1. Never `process.exit`: it cuts pipes. */
async function run(work: (config: Config) => Promise<unknown>): Promise<void> {
  try {
    if ((await work(readConfig())) === false) process.exitCode = 1;
  } catch (fault) {
    process.exitCode = 1;
    terminal.progress(`deckhand: ${messageOf(fault)}`);
    if (!(fault instanceof DeckhandError) && fault instanceof Error) terminal.progress(fault.stack ?? '');
  }
}

function seconds(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('Give a number of seconds above 0.');
  return value;
}

const program = new Command('deckhand').description('Talks to the Deckhand that runs on this machine.');

program
  .command('ask')
  .argument('<text>', 'what to ask')
  .description('asks, waits, prints the answer')
  .option('--thread <id>', 'go on in this thread')
  .addOption(new Option('--approve <which>', 'answer its questions').choices(['all', 'none']))
  .option('--json', 'one line of JSON: session, thread, turn, state, answer, steps')
  .option('--timeout <s>', 'wait so long, in seconds', seconds, 3600)
  .action((text: string, options: { thread?: string; approve?: Approve; json?: boolean; timeout: number }) =>
    run(async ({ home }) => {
      const { timeout, ...rest } = options;
      return await ask(await connect(home), text, { ...rest, timeoutMs: timeout * 1000 }, terminal);
    }),
  );

program
  .command('sessions')
  .description('lists sessions, newest activity first')
  .option('--json', 'as JSON')
  .action(({ json = false }: { json?: boolean }) =>
    run(async ({ home }) => showSessions(await connect(home), json, terminal)),
  );

program
  .command('events')
  .argument('<session>')
  .description("prints a session's events")
  .option('--follow', 'go on with new ones')
  .option('--json', 'one JSON object a line')
  .action((session: string, { follow = false, json = false }: { follow?: boolean; json?: boolean }) =>
    run(async ({ home }) =>
      showEvents(await connect(home), session, { follow, json }, terminal, leaving.signal),
    ),
  );

program
  .command('export')
  .argument('<session>')
  .description("prints a session's whole log (JSON Lines)")
  .action((session: string) =>
    run(async ({ home }) => exportSession(await connect(home), session, terminal)),
  );

program
  .command('verify')
  .argument('[session]', 'a session, or an exported file')
  .description('checks the chain, signatures, receipts and approvals of a log')
  .option('--all', 'every session')
  .option('--key <pem...>', 'public keys to trust; default: those in DECKHAND_HOME/keys')
  .action((target: string | undefined, options: VerifyOptions) =>
    run((config) => verify(config, target, options, terminal)),
  );

program
  .command('rotate-key')
  .description('makes a new signing key; roles use it after their next start')
  .action(() =>
    run(async ({ home }) =>
      terminal.print(`New signing key ${rotateSigningKey(home)}. Start Deckhand again to use it.`),
    ),
  );

program
  .command('replay')
  .argument('<session>', 'a session, or an exported file')
  .description('runs the harness over a log again, without model, network or sandbox');

program
  .command('stop')
  .argument('<turn>')
  .description('stops a turn')
  .action((turn: string) => run(async ({ home }) => stopTurn(await connect(home), turn, terminal)));

addScheduleCommands(program, terminal, (work) =>
  run(async ({ home }) => await work(await connect(home), leaving.signal)),
);

program
  .command('sign-in')
  .description('prints a new one-time link that signs a browser in')
  .action(() => run(async ({ home }) => showSignInLink(await connect(home), terminal)));

program
  .command('erase-person')
  .argument('<person>', 'their id, or their name')
  .description("erases a person's data, for good; logs still verify afterwards")
  .option('--yes', 'erase without asking')
  .action((person: string, { yes = false }: { yes?: boolean }) =>
    run(async ({ home }) => erasePerson(await connect(home), person, yes, terminal, leaving.signal)),
  );

program
  .command('doctor')
  .description('checks everything Deckhand depends on and says how to mend it')
  .option('--json', 'as JSON')
  .action(({ json = false }: { json?: boolean }) => run((config) => doctor(config, json, terminal)));

const template = program.command('template').description('what agents are');
const layerOption = () =>
  new Option('--layer <layer>', 'whose word it is').choices([...templateLayers]).default('system');

template
  .command('check')
  .argument('<file>')
  .description("reads a template's file and names every fault with its line")
  .addOption(layerOption())
  .action((file: string, { layer }: { layer: TemplateLayer }) =>
    run(async () => checkTemplate(file, layer, terminal)),
  );

template
  .command('list')
  .description('lists the templates that there are for you')
  .option('--json', 'as JSON')
  .action(({ json = false }: { json?: boolean }) =>
    run(async ({ home }) => listTemplates(await connect(home), json, terminal)),
  );

template
  .command('show')
  .argument('<name>')
  .description('prints a template with its layers put together')
  .action((name: string) => run(async ({ home }) => showTemplate(await connect(home), name, terminal)));

template
  .command('save')
  .argument('<name>')
  .argument('<file>')
  .description('saves a file as the next version')
  .addOption(layerOption())
  .action((name: string, file: string, { layer }: { layer: TemplateLayer }) =>
    run(async ({ home }) => saveTemplate(await connect(home), name, file, layer, terminal)),
  );

program
  .command('mcp')
  .description('tool servers')
  .command('list')
  .argument('[template]', 'whose servers', defaultTemplate)
  .description("lists a template's tool servers, how they were last seen, and which tools ask first")
  .option('--json', 'as JSON')
  .action((name: string, { json = false }: { json?: boolean }) =>
    run(async ({ home }) => listServers(await connect(home), name, json, terminal)),
  );

secretCommands(program, run, terminal);
policyCommands(program, run, terminal);

await program.parseAsync();
