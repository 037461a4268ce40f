import { statfs } from 'node:fs/promises';
import { request } from 'node:http';
import type { HealthCheck } from '#bots/http/deps.ts';
import { formatBytes } from '#core/chat/duration.ts';
import type { Config } from '#core/config.ts';
import { messageOf } from '#core/errors.ts';
import { connect } from './client.ts';
import type { Terminal } from './terminal.ts';

const minFreeBytes = 2 * 1024 ** 3;
const askMs = 5000;

/** Checks everything an instance depends on and says how to mend it. Gives whether all is well. */
export async function doctor(config: Config, json: boolean, terminal: Terminal): Promise<boolean> {
  const checks = [
    nodeVersion(process.versions.node),
    ...(await Promise.all([disk(config.home), docker(config), image(config)])),
    model(config),
    ...(await slack(config)),
    ...(await matrix(config)),
    ...(await discord(config)),
    ...(await instance(config.home)),
  ];
  const ok = checks.every((check) => check.ok);
  if (json) terminal.print(JSON.stringify({ ok, checks }));
  else for (const { name, ok, detail } of checks) terminal.print(`${ok ? '✓' : '✗'} ${name}: ${detail}`);
  return ok;
}

/** Node must run TypeScript as it stands. */
export function nodeVersion(version: string): HealthCheck {
  const ok = Number(version.split('.')[0]) >= 24;
  const detail = ok ? version : `${version}; Deckhand needs 24 or newer. \`npm start\` brings its own.`;
  return { name: 'node', ok, detail };
}

async function disk(home: string): Promise<HealthCheck> {
  try {
    const { bavail, bsize } = await statfs(home);
    const free = bavail * bsize;
    const ok = free >= minFreeBytes;
    const detail = `${formatBytes(free)} free in ${home}${ok ? '' : '; make room, 2 GiB or more'}`;
    return { name: 'disk', ok, detail };
  } catch {
    return {
      name: 'disk',
      ok: false,
      detail: `${home} is not there yet. Start Deckhand with \`npm start\`.`,
    };
  }
}

async function docker(config: Config): Promise<HealthCheck> {
  try {
    const version = (await askDocker(config.DOCKER_HOST, '/version')) as { Version?: string };
    return { name: 'docker', ok: true, detail: `${version.Version} at ${config.DOCKER_HOST}` };
  } catch (fault) {
    const detail = `${config.DOCKER_HOST} does not answer (${messageOf(fault)}). Start Docker, let this user reach it, or set DOCKER_HOST.`;
    return { name: 'docker', ok: false, detail };
  }
}

async function image({ DOCKER_HOST, DECKHAND_SANDBOX_IMAGE: name }: Config): Promise<HealthCheck> {
  const there = await askDocker(DOCKER_HOST, `/images/${encodeURIComponent(name)}/json`).then(
    () => true,
    () => false,
  );
  const detail = there
    ? name
    : `${name} is missing. \`npm start\` builds the default; pull or build any other.`;
  return { name: 'sandbox image', ok: there, detail };
}

/** Which model answers. Its key is never shown. */
export function model(config: Config): HealthCheck {
  const { OPENAI_API_KEY: key, OPENAI_BASE_URL: base, OPENAI_MODEL: name, OPENAI_API: api } = config;
  if (config.demo) {
    const detail =
      'the demo model, scripted and offline. Set OPENAI_API_KEY or OPENAI_BASE_URL for a real one.';
    return { name: 'model', ok: true, detail };
  }
  const usual = `${name} by ${api} at ${base ?? 'OpenAI'}, ${key ? 'with a key' : 'without a key'}`;
  return { name: 'model', ok: true, detail: config.DECKHAND_MODELS ?? usual };
}

/** Only where Slack is set up: its SDK takes its time to load. */
async function slack(config: Config): Promise<HealthCheck[]> {
  if (!config.SLACK_BOT_TOKEN && !config.SLACK_APP_TOKEN) return [];
  const [{ slackSettings }, { probeSlack }] = await Promise.all([
    import('#bots/slack/settings.ts'),
    import('#bots/slack/probe.ts'),
  ]);
  try {
    const settings = slackSettings(config);
    return settings ? [await probeSlack(settings)] : [];
  } catch (fault) {
    return [{ name: 'slack', ok: false, detail: messageOf(fault) }];
  }
}

/** Only where Matrix is set up, as above. */
async function matrix(config: Config): Promise<HealthCheck[]> {
  if (!config.MATRIX_HOMESERVER_URL) return [];
  const [{ matrixSettings }, { probeMatrix }] = await Promise.all([
    import('#bots/matrix/settings.ts'),
    import('#bots/matrix/probe.ts'),
  ]);
  try {
    const settings = matrixSettings(config);
    return settings ? [await probeMatrix(settings)] : [];
  } catch (fault) {
    return [{ name: 'matrix', ok: false, detail: messageOf(fault) }];
  }
}

/** Only where Discord is set up, as above. */
async function discord(config: Config): Promise<HealthCheck[]> {
  if (!config.DISCORD_TOKEN) return [];
  const [{ discordSettings }, { probeDiscord }] = await Promise.all([
    import('#bots/discord/settings.ts'),
    import('#bots/discord/health.ts'),
  ]);
  const settings = discordSettings(config);
  return settings ? [await probeDiscord(settings)] : [];
}

async function instance(home: string): Promise<HealthCheck[]> {
  try {
    const client = await connect(home);
    const { version, checks } = await client.get<{ version: string; checks: HealthCheck[] }>(
      '/v1/health',
      AbortSignal.timeout(askMs),
    );
    const told = checks.map((check) => ({ ...check, name: `instance: ${check.name}` }));
    return [{ name: 'instance', ok: true, detail: `${version} at ${client.url}` }, ...told];
  } catch (fault) {
    return [{ name: 'instance', ok: false, detail: messageOf(fault) }];
  }
}

/** One question to the Docker engine, over its socket or by TCP. */
async function askDocker(host: string, path: string): Promise<unknown> {
  const where = host.startsWith('unix://')
    ? { socketPath: host.slice('unix://'.length) }
    : { hostname: new URL(host).hostname, port: new URL(host).port || 2375 };
  return await new Promise((resolve, reject) => {
    const asking = request({ ...where, path, signal: AbortSignal.timeout(askMs) }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('error', reject);
      response.on('end', () => {
        if (response.statusCode === 200) resolve(JSON.parse(Buffer.concat(parts).toString('utf8')));
        else reject(new Error(`status ${response.statusCode}`));
      });
    });
    asking.on('error', reject);
    asking.end();
  });
}
