import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import type { presentSecret } from '#bots/http/secret-presenter.ts';
import type { Config } from '#core/config.ts';
import { DeckhandError } from '#core/errors.ts';
import { masterKeyFile, rotateMasterKeyFile } from '#core/infra/master-key-file.ts';
import { readInstance } from '#core/machine/instance.ts';
import { type Client, connect } from './client.ts';
import type { Terminal } from './terminal.ts';

type Secret = ReturnType<typeof presentSecret>;
interface Listed {
  secrets: Secret[];
  workspaces: { id: string; name: string }[];
}

/** How a command is run: its faults are said and become the exit code. */
export type Run = (work: (config: Config) => Promise<unknown>) => Promise<void>;

/** `deckhand secrets …`. Values are never typed here: shells keep what is typed. */
export function secretCommands(program: Command, run: Run, terminal: Terminal): void {
  const secrets = program
    .command('secrets')
    .description('names of secrets, links to enter them, key rotation');
  secrets
    .command('list')
    .description('lists names, where each may go, who set it, when a turn last had it opened')
    .option('--json', 'as JSON')
    .action(({ json = false }: { json?: boolean }) =>
      run(async ({ home }) => list(await connect(home), json, terminal)),
    );
  secrets
    .command('link')
    .description('prints a one-time link to a page where you enter secrets')
    .action(() => run(async ({ home }) => link(await connect(home), terminal)));
  secrets
    .command('rm')
    .argument('<name>')
    .description('removes a secret for good')
    .option('--default', "the workspace's default instead of your own")
    .action((name: string, options: { default?: boolean }) =>
      run(async ({ home }) => remove(await connect(home), name, options.default ?? false, terminal)),
    );
  secrets
    .command('rotate')
    .description('makes a new master key; every secret is put under it while Deckhand runs')
    .action(() => run((config) => rotate(config, terminal)));
}

async function list(client: Client, json: boolean, terminal: Terminal): Promise<void> {
  const { secrets, workspaces } = await client.get<Listed>('/v1/secrets');
  if (json) return terminal.print(JSON.stringify(secrets));
  if (secrets.length === 0) return terminal.progress('No secrets yet. To enter one: deckhand secrets link');
  const nameOf = (id: string) => workspaces.find((one) => one.id === id)?.name ?? id;
  for (const { name, whose, workspaceId, goes, setBy, setAt, usedAt } of secrets) {
    const owner = whose === 'you' ? 'yours' : 'default';
    const used = usedAt ? `used ${usedAt.slice(0, 16)}` : 'not used yet';
    terminal.print(
      [
        name,
        owner,
        nameOf(workspaceId),
        `set by ${setBy.name} ${setAt.slice(0, 16)}`,
        used,
        goes.join('; '),
      ].join('  '),
    );
  }
}

async function link(client: Client, terminal: Terminal): Promise<void> {
  const { path } = await client.post<{ path: string }>('/v1/secret-links', {});
  terminal.print(`${client.url}${path}`);
  terminal.progress('Good for 15 minutes and for one entry, without signing in. Do not pass it on.');
}

async function remove(client: Client, name: string, isDefault: boolean, terminal: Terminal): Promise<void> {
  const whose = isDefault ? 'workspace' : 'you';
  const { secrets } = await client.get<Listed>('/v1/secrets');
  const found = secrets.filter((one) => one.name === name && one.whose === whose);
  const [only, ...others] = found;
  if (!only) {
    const elsewhere = secrets.some((one) => one.name === name);
    throw new DeckhandError(
      'secret_missing',
      `There is no ${isDefault ? 'default' : 'secret of yours'} named ${name}.${elsewhere ? ` There is ${isDefault ? 'one of your own: leave --default out' : 'a default: say --default'}.` : ''}`,
      { blame: 'asker' },
    );
  }
  if (others.length > 0) {
    throw new DeckhandError(
      'secret_ambiguous',
      `${name} is there in ${found.length} workspaces. Remove it on the page, at ${client.url}/secrets.`,
      { blame: 'asker' },
    );
  }
  await client.remove(`/v1/secrets/${only.id}`);
  terminal.print(`Removed ${name}.`);
}

const rewrapWithinMs = 30_000;

/** Makes the new key and, when an instance runs, waits until everything is under it. */
async function rotate(config: Config, terminal: Terminal): Promise<boolean> {
  if (config.DECKHAND_MASTER_KEY !== undefined) {
    throw new DeckhandError(
      'master_key_given',
      'The master key is given in DECKHAND_MASTER_KEY, so only you can change it: move it to DECKHAND_MASTER_KEYS_OLDER, set DECKHAND_MASTER_KEY to what `openssl rand -base64 32` prints, and start egress again. Every secret is then put under the new one.',
      { blame: 'asker' },
    );
  }
  if (!existsSync(masterKeyFile(config.home))) {
    throw new DeckhandError(
      'master_key_missing',
      `There is no master key in ${config.home}. Run this where egress runs, as the user it runs as.`,
      { blame: 'asker' },
    );
  }
  const current = rotateMasterKeyFile(config.home);
  terminal.print(`New master key ${current}.`);
  if (!readInstance(config.home)) {
    terminal.progress('Every secret is put under it when Deckhand starts.');
    return true;
  }
  const client = await connect(config.home);
  const end = Date.now() + rewrapWithinMs;
  for (;;) {
    const { waiting, keys } = await client.get<{
      waiting: number;
      keys: { masterKeyId: string; secrets: number }[];
    }>('/v1/secrets/keys');
    const done = keys.find(({ masterKeyId }) => masterKeyId === current)?.secrets ?? 0;
    const all = keys.reduce((sum, { secrets }) => sum + secrets, waiting);
    if (done === all) {
      terminal.print(all === 1 ? 'The one secret is under it.' : `All ${all} secrets are under it.`);
      return true;
    }
    if (Date.now() > end) {
      terminal.progress(
        `${done} of ${all} secrets are under it so far. Is egress running? It goes on by itself.`,
      );
      return false;
    }
    await delay(250);
  }
}
