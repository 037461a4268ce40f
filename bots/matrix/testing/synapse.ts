import { createHmac, randomBytes } from 'node:crypto';
import type Docker from 'dockerode';
import { readConfig } from '#core/config.ts';
import { freePort } from '#core/machine/ports.ts';
import { identityOf, isAlive, type ProcessIdentity } from '#core/machine/process-identity.ts';
import type { Releases } from '#core/testing/last-first.ts';
import { until } from '#core/testing/until.ts';
import { type Account, call, Person } from './person.ts';
import { bringSynapseImage, engineAt, synapseImage } from './synapse-image.ts';

/** A real Synapse of the test's own, on a loopback port, gone when the test ends. */
export interface Synapse {
  url: string;
  serverName: string;
  /** Makes an account whose name begins so. */
  account(name: string): Promise<Account>;
  /** Makes a person who can be told what to do. */
  person(name: string): Promise<Person>;
  /** The homeserver goes away, and comes back with all it knew. */
  down(): Promise<void>;
  up(): Promise<void>;
  /** What an administrator does to lift the limits of one account. */
  overrideLimits(userId: string): Promise<void>;
}

/** Says whose homeserver it is. */
const label = 'deckhand.test.synapse';
const secret = 'only for tests';
const serverName = 'deckhand.test';

const plenty = { per_second: 10_000, burst_count: 10_000 };
const lifted = {
  rc_message: plenty,
  rc_login: { address: plenty, account: plenty, failed_attempts: plenty },
  rc_registration: plenty,
  rc_joins: { local: plenty, remote: plenty },
  rc_joins_per_room: plenty,
  rc_invites: { per_room: plenty, per_user: plenty, per_issuer: plenty },
  rc_room_creation: plenty,
  rc_media_create: plenty,
};

const homeserver = (port: number) => ({
  server_name: serverName,
  report_stats: false,
  pid_file: '/data/pid',
  signing_key_path: '/data/signing.key',
  media_store_path: '/data/media',
  database: { name: 'sqlite3', args: { database: '/data/homeserver.db' } },
  listeners: [{ port, type: 'http', bind_addresses: ['127.0.0.1'], resources: [{ names: ['client'] }] }],
  trusted_key_servers: [],
  registration_shared_secret: secret,
  bcrypt_rounds: 4,
  log_config: '/data/log.json',
});
const logging = {
  version: 1,
  handlers: { console: { class: 'logging.StreamHandler' } },
  root: { level: 'WARNING', handlers: ['console'] },
};

// JSON is YAML. A restart finds its files in place.
const begin = `set -e; mkdir -p /data; printf %s "$SETTINGS" > /data/homeserver.yaml; printf %s "$LOGGING" > /data/log.json
python3 -m synapse.app.homeserver -c /data/homeserver.yaml --generate-keys
exec python3 -m synapse.app.homeserver -c /data/homeserver.yaml`;

/** Python starts slowly where many tests run side by side. */
const startMs = 120_000;

/** `limits`: `default` are Synapse's own (0.2 messages a second, burst 10). */
export async function startSynapse(t: Releases, limits: 'lifted' | 'default' = 'lifted'): Promise<Synapse> {
  const { DOCKER_HOST } = readConfig();
  await bringSynapseImage(DOCKER_HOST);
  const port = await freePort();
  const engine = engineAt(DOCKER_HOST);
  await removeForgotten(engine);
  const container = await engine.createContainer({
    Image: synapseImage,
    Cmd: ['sh', '-c', begin],
    Env: [
      `SETTINGS=${JSON.stringify({ ...homeserver(port), ...(limits === 'lifted' ? lifted : {}) })}`,
      `LOGGING=${JSON.stringify(logging)}`,
    ],
    Labels: {
      [label]: JSON.stringify({ pid: process.pid, started: identityOf(process.pid)?.started ?? '' }),
    },
    HostConfig: {
      AutoRemove: false,
      Init: true,
      // The engine that we start has no bridge to publish a port on.
      NetworkMode: 'host',
    },
  });
  t.after(() => container.remove({ force: true, v: true }).then(() => {}));
  const url = `http://127.0.0.1:${port}`;
  const up = async () => {
    await container.start();
    await until(
      async () => {
        const { State } = await container.inspect();
        if (!State.Running) throw new Error(`Synapse ended with status ${State.ExitCode}`);
        return (await fetch(`${url}/_matrix/client/versions`).catch(() => null))?.ok ? true : null;
      },
      'Synapse to answer',
      startMs,
    );
  };
  await up();
  let admin: Account | null = null;

  async function account(name: string, isAdmin = false): Promise<Account> {
    const path = '/_synapse/admin/v1/register';
    const { nonce } = await call<{ nonce: string }>(url, 'GET', path);
    const username = `${name.replaceAll(' ', '.')}-${randomBytes(4).toString('hex')}`;
    const password = randomBytes(8).toString('hex');
    const parts = [nonce, username, password, isAdmin ? 'admin' : 'notadmin'];
    const mac = createHmac('sha1', secret).update(parts.join('\0')).digest('hex');
    const body = { nonce, username, displayname: name, password, admin: isAdmin, mac };
    const made = await call<{ user_id: string; access_token: string; device_id: string }>(url, 'POST', path, {
      body,
    });
    return {
      ...{ url, username, password, name },
      ...{ userId: made.user_id, token: made.access_token, deviceId: made.device_id },
    };
  }

  return {
    url,
    serverName,
    account: (name) => account(name),
    person: async (name) => new Person(await account(name)),
    down: () => container.stop({ t: 2 }).then(() => {}),
    up,
    overrideLimits: async (userId) => {
      admin ??= await account('admin', true);
      const path = `/_synapse/admin/v1/users/${encodeURIComponent(userId)}/override_ratelimit`;
      const body = { messages_per_second: 0, burst_count: 0 };
      await call(url, 'POST', path, { token: admin.token, body });
    },
  };
}

/** A test that is killed leaves its homeserver behind; the next one clears it away. */
async function removeForgotten(engine: Docker): Promise<void> {
  for (const { Id, Labels } of await engine.listContainers({ all: true, filters: { label: [label] } })) {
    const owner = JSON.parse(Labels[label] ?? '{}') as ProcessIdentity;
    if (isAlive(owner)) continue;
    // Another test may be doing the same.
    await engine
      .getContainer(Id)
      .remove({ force: true, v: true })
      .catch(() => {});
  }
}
