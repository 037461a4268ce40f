import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { environmentWith, readConfig } from '#core/config.ts';
import { messageOf } from '#core/errors.ts';
import { stopSignal } from '#core/machine/role.ts';
import { until } from '#core/testing/until.ts';
import { type Client, openClient } from './client.ts';
import { containersAreClosed, networksAreClosed, probed, services } from './closed.ts';
import { leftBehind } from './left-behind.ts';
import { prepareStack, type Stack } from './stack.ts';

/**
 * `npm run stack`: the production stack, built, started, used, renewed, backed up and taken down as docs/operations.md
 * says. A line for each thing shown; the last line is one JSON object; the exit code is 1 when anything was not.
 */
const startMs = 900_000;
/** What every image here was made from. */
const mirror = 'deb.debian.org';
const folder = await mkdtemp(join(tmpdir(), 'deckhand-stack-'));
const stop = stopSignal();
const shown: string[] = [];
let failed: string | null = null;

async function show(name: string, work: () => Promise<unknown>): Promise<void> {
  stop.throwIfAborted();
  const started = performance.now();
  try {
    await work();
  } catch (error) {
    failed = name;
    process.stderr.write(`✗ ${name}\n  ${messageOf(error)}\n`);
    throw error;
  }
  shown.push(name);
  process.stderr.write(`✓ ${name} (${((performance.now() - started) / 1000).toFixed(1)} s)\n`);
}

const { DOCKER_HOST } = readConfig();
const stack = await prepareStack(folder, environmentWith({ DOCKER_HOST }));
try {
  await show('docker-compose.yml is valid', () => stack.compose('config', '-q'));
  await show('the images build', () => stack.compose('build'));
  await show('everything starts and is healthy', () => start(stack));
  await show('containers: not root, read-only, no rights, limits, no secret in sight', () =>
    containersAreClosed(stack),
  );
  await show('networks: only the worker reaches the engine, through the filter', () =>
    networksAreClosed(stack),
  );
  const client = await openClient(stack);
  await use(client);
  await renew(client);
  await show('the filter refused nothing that the worker asks for', async () => {
    const refused = (await stack.compose('logs', '--no-color', 'socket-proxy')).match(/\| 403 .*/g) ?? [];
    assert.deepEqual(
      refused.map((line) => line.replace(/^\| 403 GET /, '')).filter((path) => !probed.includes(path)),
      [],
    );
  });
  await show('every log verifies, asked for on the command line in the container', async () => {
    const { code, said } = await stack.inside('bots', 'node', 'bin/deckhand.js', 'verify', '--all');
    assert.equal(code, 0, said);
    assert.match(said, /✓ ses_/);
  });
  await show('a backup of the database is restored into an empty one', () => backUp(stack));
  await show('it stops, and leaves no sandbox behind', async () => {
    await stack.compose('stop');
    assert.deepEqual(await leftBehind(stack), []);
  });
} catch (error) {
  failed ??= messageOf(error);
  if (!stop.aborted) process.stderr.write(await lastWords(stack));
} finally {
  await stack.compose('down', '--volumes', '--timeout', '10').catch(() => {});
  await leftBehind(stack, { remove: true }).catch(() => {});
  await rm(folder, { recursive: true, force: true });
}
process.stdout.write(`${JSON.stringify({ shown: shown.length, failed })}\n`);
process.exitCode = failed === null ? 0 : 1;

async function start({ compose, containerOf }: Stack): Promise<void> {
  await compose('up', '-d');
  for (const service of services) await healthy(containerOf, service);
}

async function healthy(containerOf: Stack['containerOf'], service: string): Promise<void> {
  await until(
    async () => {
      const { State } = await (await containerOf(service)).inspect();
      return State.Health?.Status === 'healthy' ? true : null;
    },
    `${service} to be healthy`,
    startMs,
  );
}

async function use(client: Client): Promise<void> {
  await show('a question to the API is answered by a command in a sandbox that has no network', async () => {
    const command = '$ id -u; ls /sys/class/net; echo in a $((40 + 2))';
    await answers(client, command, /```text\n7\d{4}\nlo\nin a 42/);
  });
  await show('a request through the door waits for a yes in the thread, and comes back', async () => {
    await client.post('/v1/policies/system', { text: await policyFor(mirror) });
    const { turnId } = await client.ask(
      `$ curl -sS -o /dev/null -w "%{http_code}" http://${mirror}/debian/dists/bookworm/InRelease`,
    );
    const asks = (await client.document(turnId, ({ approvals }) => approvals.length > 0, 'the card'))
      .approvals;
    const { approvalId } = asks[0] ?? assert.fail();
    const { revision } = await client.get<{ revision: number }>(`/v1/approvals/${approvalId}`);
    await client.post(`/v1/approvals/${approvalId}/decide`, { grant: true, scope: 'once', revision });
    assert.match((await client.answered(turnId)).answer ?? '', /```text\n200\n/);
  });
}

/** The upgrade of docs/operations.md, while a command runs. With one worker on the host its sandbox goes with it. */
async function renew(client: Client): Promise<void> {
  await show(
    'roles are renewed while a command runs: its turn is answered, it ran once, its files are there',
    async () => {
      const { turnId, thread } = await client.ask('$ echo once >> ran; sleep 30; cat ran');
      await client.document(
        turnId,
        ({ steps }) => steps.some(({ kind }) => kind === 'command'),
        'the command',
      );
      for (const roles of [['bots'], ['worker', 'egress']]) {
        await stack.compose('up', '-d', '--no-deps', '--force-recreate', ...roles);
        for (const role of roles) await healthy(stack.containerOf, role);
      }
      await client.answered(turnId);
      await answers(client, '$ cat ran', /```text\nonce\n```/, thread);
    },
  );
}

/**
 * Asks until a command was run: on a machine that others keep busy a worker may be held for dead within a turn, and the agent
 * is then told that its command was cut off (I4). At most three times.
 */
async function answers(client: Client, text: string, expected: RegExp, thread?: string): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    const { answer } = await client.answered((await client.ask(text, thread)).turnId);
    if (tries < 3 && answer?.includes('It was interrupted')) continue;
    return assert.match(answer ?? '', expected);
  }
}

/** Asks for one host. A closed network may give a public name a private address: such a range must be named. */
async function policyFor(host: string): Promise<string> {
  const lookUp = `require('node:dns').lookup('${host}', { all: true }, (_, all) => console.log(JSON.stringify(all)))`;
  const { said } = await stack.inside('egress', 'node', '-e', lookUp);
  const found = JSON.parse(said) as { address: string; family: number }[];
  const ranges = found.map(({ address, family }) => `${address}/${family === 4 ? 32 : 128}`);
  const rules = [{ effect: 'ask', host, ranges: 'mirror' }];
  return JSON.stringify({ format: 1, preset: 'none', ranges: { mirror: ranges }, rules });
}

async function backUp({ inside }: Stack): Promise<void> {
  const restore = `
    pg_dump -U deckhand -Fc --exclude-schema=bullmq deckhand > /tmp/deckhand.dump
    createdb -U deckhand restored
    pg_restore -U deckhand -d restored --exit-on-error /tmp/deckhand.dump
    for database in deckhand restored; do
      psql -U deckhand -d $database -Atc 'SELECT count(*), max(hash) FROM event'
    done`;
  const { code, said } = await inside('postgres', 'bash', '-euc', restore);
  assert.equal(code, 0, said);
  const [before, after] = said.trim().split('\n');
  assert.match(before ?? '', /^[1-9]\d*\|[0-9a-f]{64}$/);
  assert.equal(after, before);
}

async function lastWords({ compose }: Stack): Promise<string> {
  const parts = [compose('ps'), compose('logs', '--no-color', '--tail=25')];
  return (await Promise.all(parts.map((part) => part.catch(messageOf)))).join('\n');
}
