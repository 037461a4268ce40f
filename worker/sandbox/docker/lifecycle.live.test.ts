import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { until } from '#core/testing/until.ts';
import { commandOf, newSession } from '../contract-ground.ts';
import { containerName } from './container.ts';
import { DOOMED_UID } from './doomed-worker.ts';
import { connectEngine } from './engine.ts';
import { dockerForTests } from './engine-for-tests.ts';

const docker = await dockerForTests();
const { inSandbox } = docker;
after(() => docker.clear());

const engine = connectEngine(docker.options.docker);

test('I4: a command outlives the kill -9 of its worker; the next one joins it and takes its whole output', async () => {
  const sessionId = newSession();
  const command = commandOf('echo begun >> count; echo begun; sleep 2; echo ended; wc -l < count');
  const order = { options: docker.options, sessionId, command };
  const doomed = spawn(process.execPath, [fileURLToPath(new URL('doomed-worker.ts', import.meta.url))]);
  doomed.stdin.end(JSON.stringify(order));
  await once(doomed.stdout, 'data');
  doomed.kill('SIGKILL');
  const worker = docker.worker({ uidFor: async () => DOOMED_UID });
  try {
    const sandbox = await worker.open({ sessionId, userId: 'usr_doomed' });
    assert.equal(await sandbox.find(command.key), 'running');
    assert.equal((await sandbox.run(command)).output, 'begun\nended\n1\n');
  } finally {
    await worker.close();
  }
});

test('I4: a container killed under a command interrupts it; the next call has a new one and the old workspace', () =>
  inSandbox(async (run, sandbox, sessionId) => {
    const command = commandOf('echo kept > kept; echo begun; sleep 60');
    const container = engine.getContainer(containerName(docker.options.instance, sessionId));
    const result = await sandbox.run(command, { onOutput: () => void container.kill() });
    assert.equal(result.outcome, 'interrupted');
    assert.match(result.note ?? '', /sandbox was stopped/);
    assert.equal((await run('cat kept')).output, 'kept\n');
    assert.equal((await sandbox.run(command)).outcome, 'interrupted');
  }));

test('a container removed while idle is replaced at the next call', () =>
  inSandbox(async (run, _sandbox, sessionId) => {
    await run('echo kept > kept');
    await engine
      .getContainer(containerName(docker.options.instance, sessionId))
      .remove({ force: true, v: true });
    assert.equal((await run('cat kept')).output, 'kept\n');
  }));

test('an idle sandbox is stopped, one at work is not', async () => {
  const worker = docker.worker({ idleSeconds: 0.5 });
  try {
    const [idle, busy] = [newSession(), newSession()];
    await worker.open({ sessionId: idle, userId: 'usr_ana' });
    const sandbox = await worker.open({ sessionId: busy, userId: 'usr_ana' });
    const running = sandbox.run(commandOf('sleep 2; echo done'));
    const reaped = await until(
      async () => (await worker.reap(async (ids) => new Set(ids))) || null,
      'the idle one to be stopped',
    );
    assert.equal(reaped, 1);
    assert.equal((await running).output, 'done\n');
  } finally {
    await worker.close();
  }
});

test('where no disk can be made the workspace is a plain volume, and a note says that it has no limit', async () => {
  // No file system fits into nothing: what a host without loop devices answers, made by the disk's size.
  const sessionId = newSession();
  for (const text of ['one', 'two']) {
    const worker = docker.worker({ diskMb: 0 });
    try {
      const sandbox = await worker.open({ sessionId, userId: 'usr_ana' });
      const result = await sandbox.run(commandOf(`echo ${text} >> kept; cat kept`));
      assert.equal(result.output, text === 'one' ? 'one\n' : 'one\ntwo\n');
    } finally {
      await worker.close();
    }
  }
  assert.match(docker.notes.join(), /no disk limit/);
});

test('close leaves no container, and does not wait for them to end by themselves, also with several open', async () => {
  const worker = docker.worker();
  await Promise.all(
    Array.from({ length: 4 }, () => worker.open({ sessionId: newSession(), userId: 'usr_ana' })),
  );
  const startedAt = Date.now();
  await worker.close();
  // An engine that is asked to stop a container gives it ten seconds.
  assert.ok(Date.now() - startedAt < 9_000);
  const filters = { label: [`deckhand.instance=${docker.options.instance}`] };
  assert.deepEqual(await engine.listContainers({ all: true, filters }), []);
});

test('an engine that is not there says what to do', async () => {
  const worker = docker.worker({ docker: 'unix:///nonexistent/docker.sock' });
  await assert.rejects(
    worker.open({ sessionId: newSession(), userId: 'usr_ana' }),
    (error: Error & { code?: string }) => {
      assert.equal(error.code, 'sandbox.unavailable');
      assert.match(error.message, /docker info/);
      return true;
    },
  );
});

test('an image that is not there says so', async () => {
  const worker = docker.worker({ image: 'deckhand/none:0' });
  await assert.rejects(worker.open({ sessionId: newSession(), userId: 'usr_ana' }), {
    code: 'sandbox.image_missing',
  });
});

test('a workspace that nobody knows any more is deleted after its time with all that stood by it, a known or young one is not', async () => {
  const young = docker.worker();
  const old = docker.worker({ forgottenSeconds: 0 });
  const [known, forgotten] = [newSession(), newSession()];
  const { home } = docker.options;
  const files = async () =>
    (await Promise.all(['workspaces', 'sandboxes', 'doors'].map((one) => readdir(join(home, one))))).join();
  for (const sessionId of [known, forgotten]) {
    await young.open({ sessionId, userId: 'usr_ana' });
    await mkdir(join(home, 'doors', sessionId), { recursive: true });
  }
  const live = async () => new Set([known]);
  await young.reap(live);
  assert.match(await files(), new RegExp(forgotten));
  await old.reap(live);
  await young.close();
  assert.match(await files(), new RegExp(known));
  assert.doesNotMatch(await files(), new RegExp(forgotten));
});

test('the last worker of a host clears away what a killed one left, and keeps every workspace', async () => {
  const killed = docker.worker();
  const sessionId = newSession();
  await (await killed.open({ sessionId, userId: 'usr_ana' })).writeFile('kept', Buffer.from('kept'));
  await docker.worker().close({ all: true });
  const filters = { label: [`deckhand.instance=${docker.options.instance}`] };
  assert.deepEqual(await engine.listContainers({ all: true, filters }), []);
  const sandbox = await killed.open({ sessionId, userId: 'usr_ana' });
  assert.equal(Buffer.from(await sandbox.readFile('kept', 10)).toString(), 'kept');
  await killed.close();
});
