import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { identityOf } from '#core/machine/process-identity.ts';
import type { RoleMessage } from '#core/machine/role.ts';
import { inTime, until } from '#core/testing/until.ts';
import { type Supervision, supervise } from './supervise.ts';

interface Stage {
  supervision: Supervision;
  messages: RoleMessage[];
  lines: string[];
  /** Process ids of the roles started so far. */
  started(): number[];
}

function stage(t: TestContext, behaviour: string, signal = new AbortController().signal): Stage {
  const folder = mkdtempSync(join(tmpdir(), 'deckhand-supervise-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const journal = join(folder, 'started');
  const messages: RoleMessage[] = [];
  const lines: string[] = [];
  const supervision: Supervision = {
    roles: [{ name: 'bots', file: join(import.meta.dirname, 'fixtures/role.ts') }],
    environment: { FIXTURE_ROLE: `${behaviour}:${journal}` },
    logs: join(folder, 'log'),
    signal,
    onMessage: (_role, message) => messages.push(message),
    onLine: (line) => lines.push(line),
  };
  const started = (): number[] => readFileSync(journal, 'utf8').trim().split('\n').map(Number);
  return { supervision, messages, lines, started };
}

test('a role is up when it says so, what it tells arrives, and it stops when asked', async (t) => {
  const { supervision, messages, started } = stage(t, 'good');
  const { stop } = await supervise(supervision);
  assert.deepEqual(messages, [
    { signIn: 'http://127.0.0.1/once' },
    { ready: true, url: 'http://127.0.0.1:1' },
  ]);
  await stop();
  assert.deepEqual(started().map(identityOf), [null]);
});

test('I5: a role does not see what is withheld from it', async (t) => {
  const { supervision } = stage(t, 'good');
  supervision.environment = { ...supervision.environment, FIXTURE_WITHHELD: 'a key' };
  await assert.rejects(supervise(supervision), { code: 'role.not_started' });
  const roles = supervision.roles.map((role) => ({ ...role, withheld: ['FIXTURE_WITHHELD'] }));
  const { stop } = await supervise({ ...supervision, roles });
  await stop();
});

test('a role that dies is started again, visibly', async (t) => {
  const { supervision, lines, started } = stage(t, 'good');
  const { stop } = await supervise(supervision);
  process.kill(started()[0] ?? 0, 'SIGKILL');
  await until(async () => started().length === 2 || null, 'a second start');
  assert.match(lines.join(), /The role bots ended \(killed by SIGKILL\); starting it again in 0.25 s/);
  await stop();
});

test('a role that dies before it was ever ready ends the start', async (t) => {
  const { supervision, started } = stage(t, 'broken');
  await assert.rejects(supervise(supervision), { code: 'role.not_started', message: /exit status 3/ });
  assert.equal(started().length, 1);
});

test('a role that does not listen is ended after 3 s', async (t) => {
  const { supervision, started } = stage(t, 'deaf');
  const { stop } = await supervise(supervision);
  const before = performance.now();
  await inTime(stop(), 'a role that does not listen to be ended');
  assert.ok(performance.now() - before > 2_500, 'it had its time to end by itself');
  assert.deepEqual(started().map(identityOf), [null]);
});

test('a wish to stop ends a start that is under way', async (t) => {
  const wish = new AbortController();
  const { supervision } = stage(t, 'good', wish.signal);
  const start = supervise({ ...supervision, onMessage: () => wish.abort() });
  await start.then(
    ({ stop }) => stop(),
    () => {},
  );
});

test('no role outlives a killed supervisor', async (t) => {
  const { supervision, started } = stage(t, 'good');
  const script = `import { supervise } from './supervise.ts';
    await supervise({ ...${JSON.stringify(supervision)}, signal: new AbortController().signal, onMessage() {}, onLine() {} });
    process.send('up');`;
  const parent = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: import.meta.dirname,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const died = once(parent, 'exit').then(() => assert.fail('the supervisor died'));
  await Promise.race([once(parent, 'message'), died]);
  died.catch(() => {});
  parent.kill('SIGKILL');
  await until(async () => started().every((pid) => !identityOf(pid)) || null, 'the end of the role');
});
