import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { settings } from '#core/settings.ts';

interface Service {
  user?: string;
  read_only?: boolean;
  privileged?: boolean;
  cap_drop?: string[];
  cap_add?: string[];
  security_opt?: string[];
  healthcheck?: { test?: unknown };
  mem_limit?: string;
  cpus?: number;
  pids_limit?: number;
  environment?: Record<string, string>;
  volumes?: string[];
  networks?: string[];
  secrets?: string[];
  ports?: string[];
}

const file = readFileSync(join(import.meta.dirname, '../docker-compose.yml'), 'utf8');
const stack = parse(file, { merge: true }) as {
  services: Record<string, Service>;
  networks: Record<string, { internal?: boolean }>;
  secrets: Record<string, { file: string }>;
};
const services = Object.entries(stack.services);

for (const [name, service] of services) {
  test(`${name}: not root, read-only, without rights, with limits and a health check`, () => {
    assert.ok(service.user && !/^(root|0)(:|$)/.test(service.user), 'runs as root');
    assert.equal(service.read_only, true);
    assert.deepEqual(
      [service.cap_drop, service.cap_add, service.privileged],
      [['ALL'], undefined, undefined],
    );
    assert.deepEqual(service.security_opt, ['no-new-privileges:true']);
    assert.ok(service.mem_limit && service.cpus && service.pids_limit, 'has no limits');
    assert.ok(service.healthcheck?.test, 'has no health check');
  });
}

const having = (of: (service: Service) => boolean): string[] =>
  services.filter(([, service]) => of(service)).map(([name]) => name);

test('only the filtering proxy has the engine, and only the worker reaches that', () => {
  const socket = ({ volumes = [] }: Service) => volumes.some((volume) => volume.includes('docker.sock'));
  assert.deepEqual(having(socket), ['socket-proxy']);
  assert.deepEqual(
    having(({ networks }) => networks?.includes('engine') ?? false),
    ['worker', 'socket-proxy'],
  );
  assert.equal(stack.networks.engine?.internal, true);
});

test('Postgres and Redis have no way out, and nothing listens outside but the bots', () => {
  assert.equal(stack.networks.data?.internal, true);
  for (const name of ['postgres', 'redis']) assert.deepEqual(stack.services[name]?.networks, ['data']);
  assert.deepEqual(
    having(({ ports }) => ports !== undefined),
    ['bots'],
  );
});

test('I5: secrets come as files, each to whom it concerns; the master key to egress alone', () => {
  for (const [name, { environment = {}, secrets = [] }] of services) {
    for (const [variable, value] of Object.entries(environment)) {
      const secret = /(_KEY|_KEYS_OLDER|_TOKEN|_SECRET|_PASSWORD|DATABASE_URL|REDIS_URL)$/.test(variable);
      assert.ok(!secret, `${name} has ${variable} in its environment`);
      const given = /^\/run\/secrets\/(.+)$/.exec(String(value))?.[1];
      if (given) assert.ok(secrets.includes(given), `${name} is not given ${given}`);
    }
    for (const secret of secrets) assert.ok(stack.secrets[secret], `there is no secret ${secret}`);
  }
  assert.deepEqual(
    having(({ secrets = [] }) => secrets.includes('master_key')),
    ['egress'],
  );
});

/** npm's own: the worker brings Node for the image of sandboxes. */
const notOurs = 'NPM_CONFIG_REGISTRY';

test('the roles are given settings that exist', () => {
  for (const name of ['bots', 'worker', 'egress']) {
    for (const variable of Object.keys(stack.services[name]?.environment ?? {}).filter(
      (one) => one !== notOurs,
    ))
      assert.ok(variable.replace(/_FILE$/, '') in settings.shape, `${name}: there is no setting ${variable}`);
  }
});
