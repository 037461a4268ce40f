import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { z } from 'zod';
import { DeckhandError, messageOf } from '#core/errors.ts';

/**
 * Every setting, in one schema. The only file that reads the environment (a test holds it and `.env.example`
 * together). `.describe()` is the sentence a person reads in `.env.example` and in an error.
 */

const port = z.coerce.number().int().min(0).max(65535);
const seconds = z.coerce.number().positive();
const address = z.url({ protocol: /^https?$/, error: 'write https://host/v1' });
const mebibytes = z.coerce.number().int().positive();
const flag = z
  .enum(['true', 'false', '1', '0', 'yes', 'no'])
  .transform((word) => word === 'true' || word === '1' || word === 'yes');

const words = z.string().transform((list) =>
  list
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== ''),
);

export const settings = z.object({
  DECKHAND_HOME: z
    .string()
    .default('.deckhand')
    .describe('Folder for everything Deckhand keeps on this machine.'),
  DECKHAND_HOST: z.string().default('127.0.0.1').describe('Address the page and the API listen on.'),
  DECKHAND_PORT: port.default(8080).describe('Port of the page and the API.'),
  DECKHAND_URL: z
    .url({ protocol: /^https?$/, error: 'write https://name' })
    .optional()
    .describe('Address people use when a proxy stands in front, e.g. https://deckhand.example.com.'),
  DECKHAND_LOG: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .describe('How much is logged.'),
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/, error: 'write postgres://user:password@host:port/name' })
    .optional()
    .describe('Postgres to use. Empty: an embedded Postgres under DECKHAND_HOME.'),
  REDIS_URL: z
    .url({ protocol: /^rediss?$/, error: 'write redis://host:port' })
    .optional()
    .describe('Redis or Valkey for wakes and live progress. Empty: the same Postgres carries them.'),
  DOCKER_HOST: z
    .string()
    .regex(/^(unix:\/\/\/|(tcp|https?):\/\/)./, 'write unix:///path/to/docker.sock or tcp://host:port')
    .default('unix:///var/run/docker.sock')
    .describe('Docker engine that runs the sandboxes.'),
  DECKHAND_DOCKER_INSTALL: flag
    .default(true)
    .describe("May `npm start` install and start Debian's Docker engine when none is running?"),
  DECKHAND_SANDBOX_IMAGE: z
    .string()
    .default('deckhand/base:2')
    .describe('Image a sandbox starts from. The default is built on the first start.'),
  DECKHAND_DEBIAN_IMAGE: z
    .string()
    .default('debian:bookworm-slim')
    .describe('Debian that the default image of sandboxes is built on.'),
  DECKHAND_SANDBOX_RUNTIME: z.string().default('runc').describe('Container runtime: runc, runsc, …'),
  DECKHAND_SANDBOX_MEMORY_MB: mebibytes.default(1024).describe('Memory of one sandbox, in MiB.'),
  DECKHAND_SANDBOX_CPUS: z.coerce.number().positive().default(1).describe('Processors of one sandbox.'),
  DECKHAND_SANDBOX_PIDS: z.coerce.number().int().min(16).default(512).describe('Processes in one sandbox.'),
  DECKHAND_SANDBOX_DISK_MB: mebibytes.default(4096).describe('Disk of one workspace, in MiB.'),
  DECKHAND_SANDBOX_IDLE_S: seconds
    .default(600)
    .describe('A sandbox without work is stopped after this, in seconds.'),
  DECKHAND_SANDBOX_WARM: z.coerce
    .number()
    .int()
    .min(0)
    .max(64)
    .default(1)
    .describe('Sandboxes each worker keeps ready, so that a first command need not wait.'),
  DECKHAND_COMMAND_TIMEOUT_S: seconds.default(600).describe('A command is ended after this, in seconds.'),
  DECKHAND_APPROVAL_HOURS: z.coerce
    .number()
    .positive()
    .default(72)
    .describe('A question to people closes after this, in hours, and counts as a no.'),
  DECKHAND_WORKER_SLOTS: z.coerce.number().int().min(1).default(8).describe('Turns one worker runs at once.'),
  DECKHAND_MAX_QUEUED: z.coerce
    .number()
    .int()
    .min(1)
    .default(200)
    .describe('Turns one person may have waiting.'),
  DECKHAND_MAX_MESSAGE_KB: z.coerce
    .number()
    .int()
    .min(1)
    .default(64)
    .describe('Longest message taken, in KiB.'),
  DECKHAND_MAX_FILE_MB: mebibytes.default(50).describe('Largest file taken, in MiB.'),
  DECKHAND_ARCHIVE_DAYS: z.coerce
    .number()
    .positive()
    .optional()
    .describe(
      'Logs of sessions that nobody used for so many days are moved to the blob store; they are shown and verified as before. Empty: never.',
    ),
  DECKHAND_SCHEDULE_FLOOR_S: seconds
    .default(60)
    .describe('The shortest distance between two firings of a schedule, in seconds.'),
  DECKHAND_MAX_SCHEDULES: z.coerce
    .number()
    .int()
    .min(1)
    .default(50)
    .describe('Schedules one person may have.'),
  DECKHAND_MASTER_KEY: z
    .string()
    .optional()
    .describe(
      'Key that secrets are stored under, for the egress role only: 32 random bytes in base64. Empty: a file under DECKHAND_HOME.',
    ),
  DECKHAND_MASTER_KEYS_OLDER: z
    .string()
    .transform((text) => text.split(/[\s,]+/).filter((key) => key !== ''))
    .default([])
    .describe(
      'Master keys from before, with spaces between: what is under them still opens, and is rewrapped.',
    ),
  OPENAI_API_KEY: z
    .string()
    .optional()
    .describe('Key of the model provider. Without key and address the demo model answers.'),
  OPENAI_BASE_URL: z
    .url({ protocol: /^https?$/, error: 'write http://host:port/v1' })
    .optional()
    .describe('Any server that speaks the OpenAI API.'),
  OPENAI_MODEL: z.string().default('gpt-5.1').describe('Model name.'),
  OPENAI_API: z
    .enum(['responses', 'chat'])
    .default('responses')
    .describe('Which OpenAI API the server speaks.'),
  DECKHAND_MODELS: z
    .string()
    .regex(/^[a-z]+:[^\s,:][^\s,]*(\s*,\s*[a-z]+:[^\s,:][^\s,]*)*$/, 'write provider:model, provider:model')
    .optional()
    .describe(
      'Models in the order in which they are tried, e.g. openai:gpt-5.1, anthropic:claude-sonnet-4-5. Providers: openai, azure, compatible, anthropic, google, mistral, bedrock. Empty: openai with OPENAI_MODEL.',
    ),
  DECKHAND_MODEL_CALLS: z.coerce
    .number()
    .int()
    .min(1)
    .default(16)
    .describe('Model calls one worker has under way at one provider, shared fairly among people.'),
  AZURE_OPENAI_API_KEY: z.string().optional().describe('Key of Azure OpenAI (provider azure).'),
  AZURE_OPENAI_BASE_URL: address
    .optional()
    .describe('Its address, https://NAME.openai.azure.com/openai/v1; models are named by their deployments.'),
  COMPATIBLE_API_KEY: z.string().optional().describe('Key of a second server that speaks Chat Completions.'),
  COMPATIBLE_BASE_URL: address
    .optional()
    .describe('Its address (provider compatible): vLLM, Ollama, LiteLLM, …'),
  ANTHROPIC_API_KEY: z.string().optional().describe('Key of Anthropic (optional packages, see the error).'),
  ANTHROPIC_BASE_URL: address.optional().describe('Another address for it.'),
  GOOGLE_API_KEY: z.string().optional().describe('Key of Google Gemini (optional packages).'),
  GOOGLE_BASE_URL: address.optional().describe('Another address for it.'),
  MISTRAL_API_KEY: z.string().optional().describe('Key of Mistral (optional packages).'),
  MISTRAL_BASE_URL: address.optional().describe('Another address for it.'),
  BEDROCK_API_KEY: z.string().optional().describe('Bedrock API key (optional packages).'),
  BEDROCK_REGION: z.string().default('us-east-1').describe('Region of Bedrock.'),
  BEDROCK_BASE_URL: address.optional().describe('Another address for it.'),
  SLACK_BOT_TOKEN: z
    .string()
    .regex(/^xoxb-/, "write the app's bot token, xoxb-…")
    .optional()
    .describe('Bot token of your Slack app (docs/slack.md). Empty: Slack is off.'),
  SLACK_APP_TOKEN: z
    .string()
    .regex(/^xapp-/, "write the app's app-level token, xapp-…")
    .optional()
    .describe('App-level token for Socket Mode, which needs no public address.'),
  SLACK_SIGNING_SECRET: z
    .string()
    .optional()
    .describe(
      'Signing secret of your app. Without an app-level token Slack calls DECKHAND_URL/slack/events.',
    ),
  SLACK_API_URL: z
    .url({ protocol: /^https?$/, error: 'write https://slack.com/api/' })
    .default('https://slack.com/api/')
    .describe('Any server that speaks the Slack API.'),
  SLACK_GUESTS: flag
    .default(false)
    .describe('May guests and people of other organisations ask in Slack channels they share?'),
  MATRIX_HOMESERVER_URL: z
    .url({ protocol: /^https?$/, error: 'write https://matrix.example.org' })
    .optional()
    .describe('Your Matrix homeserver (docs/matrix.md). Empty: Matrix is off.'),
  MATRIX_USER_ID: z
    .string()
    .regex(/^@[^:]+:.+$/, 'write @deckhand:example.org')
    .optional()
    .describe('The Matrix account Deckhand writes as, e.g. @deckhand:example.org.'),
  MATRIX_ACCESS_TOKEN: z.string().optional().describe('Access token of that account.'),
  MATRIX_PASSWORD: z
    .string()
    .optional()
    .describe('Its password instead: used once, the token is kept in DECKHAND_HOME.'),
  MATRIX_ALLOW: words
    .default([])
    .describe(
      'Who may ask and invite: servers, accounts or rooms, with commas between; * is everybody. Empty: people of that homeserver.',
    ),
  MATRIX_ENCRYPTION_KEY: z
    .string()
    .regex(/^[0-9a-f]{64}$/i, 'write 64 hexadecimal digits, e.g. of: openssl rand -hex 32')
    .optional()
    .describe(
      'Lets it read and write in encrypted rooms; the keys of its device are stored under it (docs/matrix.md). Empty: plain rooms only.',
    ),
  DISCORD_TOKEN: z
    .string()
    .optional()
    .describe('Token of your Discord bot (docs/discord.md). Empty: Discord is off.'),
  DISCORD_API_URL: z
    .url({ protocol: /^https?$/, error: 'write https://discord.com/api' })
    .default('https://discord.com/api')
    .describe('Any server that speaks the Discord API.'),
  DISCORD_COMMANDS_GUILD: z
    .string()
    .regex(/^\d{5,20}$/, "write the guild's id, a number")
    .optional()
    .describe('Guild that alone gets /deckhand, at once: for trying out. Empty: every guild.'),
});

export type Settings = z.infer<typeof settings>;

/** Settings that the start gives to no role but egress. */
export const egressOnly: readonly (keyof Settings)[] = ['DECKHAND_MASTER_KEY', 'DECKHAND_MASTER_KEYS_OLDER'];

/** Settings with the paths made absolute. Passed to whoever needs them; nobody else reads the environment. */
export interface Config extends Settings {
  /** Absolute DECKHAND_HOME. */
  home: string;
  /** No provider is set up: the demo model answers. */
  demo: boolean;
}

/** @throws {DeckhandError} `config.invalid`, listing every fault at once. */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  const { given, unread } = withFiles(
    Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== '')),
  );
  const parsed = settings.safeParse(given);
  const faults = [
    ...unread,
    ...unknownNames(given),
    ...(parsed.error?.issues ?? []).map((issue) => faultOf(issue, given)),
  ];
  if (!parsed.success || faults.length > 0) {
    throw new DeckhandError(
      'config.invalid',
      `These settings cannot be used; correct them in .env or the environment:\n${faults.join('\n')}`,
    );
  }
  const home = parsed.data.DECKHAND_HOME.replace(/^~(?=\/|$)/, homedir());
  const { OPENAI_API_KEY, OPENAI_BASE_URL, DECKHAND_MODELS } = parsed.data;
  const demo = !OPENAI_API_KEY && !OPENAI_BASE_URL && !DECKHAND_MODELS;
  return { ...parsed.data, home: resolve(home), demo };
}

/** Where the value of a setting stands in a file: `NAME_FILE`, for secrets that no environment should show. */
export const fileOf = (name: keyof Settings): string => `${name}_FILE`;

/** Reads what is given by files. A value that is given itself goes before its file. */
function withFiles(environment: NodeJS.ProcessEnv): { given: NodeJS.ProcessEnv; unread: string[] } {
  const given = { ...environment };
  const unread: string[] = [];
  for (const name of Object.keys(settings.shape) as (keyof Settings)[]) {
    const file = environment[fileOf(name)];
    delete given[fileOf(name)];
    if (file === undefined || given[name] !== undefined) continue;
    try {
      const value = readFileSync(file, 'utf8').trim();
      if (value !== '') given[name] = value;
    } catch (error) {
      unread.push(`  ${fileOf(name)}=${file}: ${messageOf(error)}. ${settings.shape[name].description}`);
    }
  }
  return { given, unread };
}

function faultOf(issue: z.core.$ZodIssue, given: NodeJS.ProcessEnv): string {
  const name = String(issue.path[0]);
  const what = settings.shape[name as keyof Settings]?.description ?? '';
  return `  ${name}=${shown(name, given[name])}: ${expectation(issue)}. ${what}`;
}

/** A setting with a slip of the pen in its name would be passed over in silence. */
function unknownNames(given: NodeJS.ProcessEnv): string[] {
  const known = [...Object.keys(settings.shape), ...Object.keys(testSettings.shape)];
  return Object.keys(given)
    .filter((name) => name.startsWith('DECKHAND_') && !known.includes(name))
    .map((name) => `  ${name}: there is no such setting. .env.example lists those there are.`);
}

/** Addresses and keys may hold secrets. */
function shown(name: string, value: string | undefined): string {
  return /_URL$|_KEY$|_KEYS_|_TOKEN$|_SECRET$|_PASSWORD$/.test(name) ? '…' : (value ?? '');
}

function expectation(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type')
    return issue.expected === 'int' ? 'this is no whole number' : 'this is no number';
  if (issue.code === 'invalid_value') return `write one of ${issue.values.join(', ')}`;
  if (issue.code === 'too_small')
    return `it must be ${issue.inclusive ? 'at least' : 'more than'} ${issue.minimum}`;
  if (issue.code === 'too_big') return `it must be at most ${issue.maximum}`;
  return issue.message;
}

/** A setting as the page shows it. */
export interface ShownSetting {
  name: string;
  /** Null: not set. Of what may hold a secret only that it is set. */
  value: string | null;
  /** It is what holds when nothing is set. */
  usual: boolean;
  about: string;
}

/** What this process was started with, for administrators; what is for egress alone is left out. */
export function shownSettings(config: Settings): ShownSetting[] {
  const usual = settings.parse({}) as Record<string, unknown>;
  return Object.entries(settings.shape)
    .filter(([name]) => !egressOnly.includes(name as keyof Settings))
    .map(([name, schema]) => {
      const value = config[name as keyof Settings];
      const isUsual = JSON.stringify(value) === JSON.stringify(usual[name]);
      const empty = value === undefined || (Array.isArray(value) && value.length === 0);
      // A value that we bring along holds no secret.
      const text = isUsual ? String(value) : shown(name, String(value)) === '…' ? 'set' : String(value);
      return { name, value: empty ? null : text, usual: isUsual, about: schema.description ?? '' };
    });
}

/** What the test runner tells the test files. Not for people: `npm test` sets it, a single file runs without. */
const testSettings = z.object({
  DECKHAND_TEST_SERVER: z.url().optional(),
  DECKHAND_TEST_CHROMIUM: z.string().default('/usr/bin/chromium'),
});

export type TestSettings = z.infer<typeof testSettings>;

export function readTestSettings(environment: NodeJS.ProcessEnv = process.env): TestSettings {
  return testSettings.parse(environment);
}

/** The environment of a process that is to see these settings whatever its own `.env` says. */
export function environmentWith(
  changes: Partial<Record<keyof Settings | keyof TestSettings, string>>,
): NodeJS.ProcessEnv {
  return { ...process.env, ...changes };
}
