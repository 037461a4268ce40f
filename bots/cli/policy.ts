import { readFileSync } from 'node:fs';
import { Argument, type Command, Option } from 'commander';
import { DeckhandError, messageOf } from '#core/errors.ts';
import { parsePolicy } from '#core/policy/parse.ts';
import type { PolicyVersion, StoredLayer } from '#core/policy/ports.ts';
import { type Client, connect } from './client.ts';
import type { Run } from './secrets.ts';
import type { Terminal } from './terminal.ts';

const layers = ['system', 'workspace', 'user'] as const;

interface Options {
  workspace?: string;
}

/** `deckhand policy …`. */
export function policyCommands(program: Command, run: Run, terminal: Terminal): void {
  const policy = program
    .command('policy')
    .description('what agents may reach: shows, checks and sets policies');
  const workspace = () => new Option('--workspace <id>', 'which workspace, when there are several');
  policy
    .command('show')
    .addArgument(new Argument('[layer]').choices(layers))
    .description('prints a policy as it holds now; without a layer, all that hold for you')
    .addOption(workspace())
    .action((layer: StoredLayer | undefined, options: Options) =>
      run(async ({ home }) => show(await connect(home), layer, options, terminal)),
    );
  policy
    .command('check')
    .argument('<file>')
    .description('reads a policy and says each mistake with its line; changes nothing')
    .addOption(new Option('--layer <layer>', 'whose it is to be').choices(layers).default('system'))
    .action((file: string, { layer }: { layer: StoredLayer }) =>
      run(async () => {
        // Which ranges the system names is known when it is set.
        const { rules } = parsePolicy(read(file), { layer, version: 0, ranges: 'any' });
        terminal.print(`${file} can be used: ${rules.length === 1 ? '1 rule' : `${rules.length} rules`}.`);
      }),
    );
  policy
    .command('set')
    .addArgument(new Argument('<layer>').choices(layers))
    .argument('<file>')
    .description('makes a file the next version of a policy')
    .addOption(workspace())
    .action((layer: StoredLayer, file: string, options: Options) =>
      run(async ({ home }) => {
        const path = pathOf(layer, options);
        const saved = await (await connect(home)).post<PolicyVersion>(path, { text: read(file) });
        terminal.print(`The ${layer} policy is version ${saved.version} now.`);
      }),
    );
}

async function show(
  client: Client,
  layer: StoredLayer | undefined,
  options: Options,
  terminal: Terminal,
): Promise<void> {
  if (layer === undefined) {
    const { policies } = await client.get<{ policies: (PolicyVersion & { name: string })[] }>('/v1/policies');
    const parts = policies.map(
      (one) => `# ${one.layer} (${one.name}), ${origin(one)}\n${one.text.trimEnd()}`,
    );
    return terminal.print(parts.join('\n\n'));
  }
  const { current } = await client.get<{ current: PolicyVersion | null }>(pathOf(layer, options));
  if (!current)
    return terminal.progress(`There is no ${layer} policy. Set one: deckhand policy set ${layer} FILE`);
  terminal.progress(`The ${layer} policy, ${origin(current)}:`);
  terminal.print(current.text.trimEnd());
}

function origin({ version, savedBy, savedAt }: PolicyVersion): string {
  return savedBy
    ? `version ${version}, saved by ${savedBy.name} ${savedAt?.slice(0, 16)}`
    : 'as it came with Deckhand';
}

function pathOf(layer: StoredLayer, { workspace }: Options): string {
  return `/v1/policies/${layer}${workspace === undefined ? '' : `?workspace=${encodeURIComponent(workspace)}`}`;
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new DeckhandError('file.unreadable', `${file} cannot be read: ${messageOf(cause)}.`, {
      blame: 'asker',
      cause,
    });
  }
}
