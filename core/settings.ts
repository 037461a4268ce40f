import { z } from 'zod';

/**
 * Every setting there is. `.describe()` is the sentence a person reads in `.env.example` and in an error; the order here is
 * the order there (a test holds the two together).
 */

const port = z.coerce.number().int().min(0).max(65535);
const seconds = z.coerce.number().positive();
const address = z.url({ protocol: /^https?$/, error: 'write https://host/v1' });
const mebibytes = z.coerce.number().int().positive();
const count = z.coerce.number().int().min(1);
const flag = z
  .enum(['true', 'false', '1', '0', 'yes', 'no'])
  .transform((word) => word === 'true' || word === '1' || word === 'yes');

const words = z.string().transform((list) =>
  list
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== ''),
);

/** Where it stands, and what it stands on. */
const machine = {
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
};

/** What sandboxes are made of, and what they may use. */
const sandboxes = {
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
};

/** How much people may ask for, and for how long. */
const turns = {
  DECKHAND_COMMAND_TIMEOUT_S: seconds.default(600).describe('A command is ended after this, in seconds.'),
  DECKHAND_APPROVAL_HOURS: z.coerce
    .number()
    .positive()
    .default(72)
    .describe('A question to people closes after this, in hours, and counts as a no.'),
  DECKHAND_WORKER_SLOTS: count.default(8).describe('Turns one worker runs at once.'),
  DECKHAND_MAX_QUEUED: count.default(200).describe('Turns one person may have waiting.'),
  DECKHAND_MAX_QUEUED_THREAD: count.default(100).describe('Turns that may wait in one thread.'),
  DECKHAND_MAX_QUEUED_WORKSPACE: count.default(5_000).describe('Turns that may wait in one workspace.'),
  DECKHAND_MAX_MESSAGE_KB: count.default(64).describe('Longest message taken, in KiB.'),
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
  DECKHAND_MAX_SCHEDULES: count.default(50).describe('Schedules one person may have.'),
};

/** What only the role that opens secrets is given. */
const secrets = {
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
};

/** Who thinks. */
const models = {
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
  DECKHAND_MODEL_CALLS: count
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
};

const slack = {
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
};

const matrix = {
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
};

const discord = {
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
};

export const settings = z.object({
  ...machine,
  ...sandboxes,
  ...turns,
  ...secrets,
  ...models,
  ...slack,
  ...matrix,
  ...discord,
});

export type Settings = z.infer<typeof settings>;

/** Settings that the start gives to no role but egress. */
export const egressOnly: readonly (keyof Settings)[] = ['DECKHAND_MASTER_KEY', 'DECKHAND_MASTER_KEYS_OLDER'];

/** What the test runner tells the test files. Not for people: `npm test` sets it, a single file runs without. */
export const testSettings = z.object({
  DECKHAND_TEST_SERVER: z.url().optional(),
  DECKHAND_TEST_CHROMIUM: z.string().default('/usr/bin/chromium'),
});

export type TestSettings = z.infer<typeof testSettings>;
