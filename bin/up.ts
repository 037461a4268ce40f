import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Config, environmentWith, fileOf, readConfig } from '#core/config.ts';
import { DeckhandError, messageOf } from '#core/errors.ts';
import { readInstance, removeInstance, writeInstance } from '#core/machine/instance.ts';
import { identityOf } from '#core/machine/process-identity.ts';
import { stopSignal } from '#core/machine/role.ts';
import { egressOnly } from '#core/settings.ts';
import { settle } from './setup/ending.ts';
import { checkPort } from './setup/preflight.ts';
import { type SetUp, setUp } from './setup/set-up.ts';
import { openSteps } from './setup/steps.ts';
import { takeHome } from './setup/take-home.ts';
import { supervise } from './supervise.ts';

const project = join(import.meta.dirname, '..');
const roles = { bots: 'bots/main.ts', egress: 'worker/egress/main.ts', worker: 'worker/main.ts' };
type Role = keyof typeof roles;
/** The only roles that may know the master keys (I5). */
const keyHolders = new Set<string>(['egress']);

const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function main(): Promise<void> {
  const envFile = join(project, '.env');
  if (existsSync(envFile)) process.loadEnvFile(envFile);
  const role = readRole();
  const config = readConfig();
  const signal = stopSignal();
  try {
    await using owned = new AsyncDisposableStack();
    const setting = { config, steps: openSteps(process.stderr), owned, signal };
    await (role ? startOne(role, setting) : startAll(setting));
    await new Promise((stop) => signal.addEventListener('abort', stop, { once: true }));
    say('Stopping…');
  } catch (error) {
    // What the wish to stop cut off is no failure.
    if (!signal.aborted) throw error;
  }
  say('Deckhand has stopped.');
}

function readRole(): Role | null {
  const { role } = options().values;
  if (role === undefined) return null;
  if (Object.hasOwn(roles, role)) return role as Role;
  throw new DeckhandError(
    'role.unknown',
    `There is no role "${role}". Roles: ${Object.keys(roles).join(', ')}.`,
  );
}

function options() {
  try {
    return parseArgs({ options: { role: { type: 'string' } } });
  } catch (cause) {
    throw new DeckhandError(
      'start.unknown_option',
      `${messageOf(cause)}. Say \`npm start\`, or \`npm start -- --role ${Object.keys(roles).join('|')}\` for one role; all else is set in .env.`,
      { blame: 'asker', cause },
    );
  }
}

/** Everything on this machine, held together by one lock. */
async function startAll(setting: SetUp): Promise<void> {
  const { config, owned } = setting;
  const lock = owned.use(await takeHome(config));
  const databaseUrl = await setUp(setting, { engine: true });
  const told = await startRoles(['bots', 'egress', 'worker'], databaseUrl, setting, join(config.home, 'log'));
  owned.defer(() => removeInstance(config.home));
  writeInstance(config.home, { ...lock.holder, url: told.url, databaseUrl });
  say(`Deckhand is ready at ${told.url}`);
  if (told.signIn) say(`Sign in (once) at ${told.signIn}`);
  say(`Logs: ${join(config.home, 'log')} · Ctrl-C stops everything`);
}

/** One role: in production, or a second worker beside a running instance, whose database it then shares. */
async function startOne(role: Role, setting: SetUp): Promise<void> {
  const { config } = setting;
  const shared = config.DATABASE_URL ?? readInstance(config.home)?.databaseUrl;
  if (!shared) {
    throw new DeckhandError(
      'database.none',
      `A role alone needs a database: set DATABASE_URL, or run \`npm start\` on ${config.home} first.`,
      { blame: 'asker' },
    );
  }
  if (role === 'bots') await checkPort(config.DECKHAND_HOST, config.DECKHAND_PORT);
  const withDatabase = { ...setting, config: { ...config, DATABASE_URL: shared } };
  const databaseUrl = await setUp(withDatabase, { engine: role === 'worker' });
  const told = await startRoles([role], databaseUrl, setting, null);
  // The command line on this machine (in this container) finds its API; a whole instance on this home goes before.
  if (role === 'bots' && !readInstance(config.home)) {
    const self = { pid: process.pid, started: identityOf(process.pid)?.started ?? '' };
    writeInstance(config.home, { ...self, url: told.url, databaseUrl });
    setting.owned.defer(() => {
      if (readInstance(config.home)?.pid === process.pid) removeInstance(config.home);
    });
  }
  say(`The role ${role} is ready`);
}

async function startRoles(names: Role[], databaseUrl: string, setting: SetUp, logs: string | null) {
  const { config, steps, owned, signal } = setting;
  const told = { url: addressOf(config), signIn: '' };
  const supervised = await steps.run('Roles', () =>
    supervise({
      roles: names.map((name) => ({
        name,
        file: join(project, roles[name]),
        withheld: keyHolders.has(name) ? [] : egressOnly.flatMap((setting) => [setting, fileOf(setting)]),
      })),
      environment: environmentWith({ DECKHAND_HOME: config.home, DATABASE_URL: databaseUrl }),
      logs,
      signal,
      onLine: say,
      onMessage: (_role, message) => {
        if ('ready' in message) told.url = message.url ?? told.url;
        else told.signIn = message.signIn;
      },
    }),
  );
  owned.defer(() => supervised.stop());
  return told;
}

function addressOf({ DECKHAND_HOST: host, DECKHAND_PORT: port }: Config): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

await settle(main);
