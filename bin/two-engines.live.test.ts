import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { checklistOf } from '#core/chat/checklist.ts';
import type { TurnDocument } from '#core/chat/document.ts';
import { foldDocuments } from '#core/chat/fold.ts';
import { commandOf } from '#core/machine/process-identity.ts';
import { openTestCore, sayAccepted, type TestCore } from '#core/testing/core.ts';
import { lastFirst, type Releases } from '#core/testing/last-first.ts';
import { until } from '#core/testing/until.ts';
import { isFinal } from '#core/turns/state.ts';
import { keepRole, type RoleKeeper } from '#worker/proof/chaos/role-keeper.ts';
import type { RoleSettings } from '#worker/proof/chaos/role-settings.ts';
import { dockerForTests } from '#worker/sandbox/docker/engine-for-tests.ts';
import { dockerAt } from './setup/docker-client.ts';
import { ownEngine } from './setup/dockerd.ts';

/** An image is copied, an engine started, a worker silent for seconds, on a machine that has other things to do. */
const patienceMs = 120_000;

interface Engine {
  host: string;
  /** All of it ends as with its machine: engine, containers, and what holds them. */
  burnDown(): Promise<void>;
}

/** A second engine with a folder, a socket and processes of its own, and the image of the first one's sandboxes. */
async function startEngine(
  t: Releases,
  { docker, image }: { docker: string; image: string },
): Promise<Engine> {
  const folder = mkdtempSync(join(tmpdir(), 'deckhand-engine-'));
  const host = `unix://${folder}/docker.sock`;
  const engine = ownEngine(folder, host);
  const pidOf = () => Number(readFileSync(join(folder, 'dockerd.pid'), 'utf8'));
  const places = [folder];
  t.after(async () => {
    for (const place of mountsBelow(places)) execFileSync('umount', ['--lazy', place]);
    for (const place of places) rmSync(place, { recursive: true, force: true });
  });
  await engine.start(new AbortController().signal);
  const letGo = engine.use();
  t.after(letGo);
  places.push(/--exec-root=(\S+)/.exec(commandOf(pidOf()) ?? '')?.[1] ?? folder);
  const copied = await dockerAt(host).loadImage(await dockerAt(docker).getImage(image).get());
  for await (const _ of copied);
  return {
    host,
    burnDown: async () => {
      const containers = await dockerAt(host).listContainers();
      const inspected = containers.map(({ Id: id }) => dockerAt(host).getContainer(id).inspect());
      const inits = (await Promise.all(inspected)).map(({ State: { Pid: pid } }) => pid);
      const dockerd = pidOf();
      const all = [dockerd, ...childrenOf(dockerd), ...inits.map(parentOf), ...inits];
      for (const pid of all) process.kill(pid, 'SIGKILL');
      await until(async () => (all.some(isThere) ? null : true), 'the engine and its containers to be gone');
    },
  };
}

/** Fields 3 and 4 of proc_pid_stat(5), behind the name in brackets: its state and its parent. */
function statOf(pid: number): string[] | null {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
  } catch {
    return null;
  }
}

const parentOf = (pid: number): number => Number(statOf(pid)?.[1]);
const isThere = (pid: number): boolean => !['Z', 'X', undefined].includes(statOf(pid)?.[0]);

function childrenOf(pid: number): number[] {
  const pids = readdirSync('/proc')
    .map(Number)
    .filter((one) => one > 0);
  return pids.filter((one) => parentOf(one) === pid);
}

function mountsBelow(folders: readonly string[]): string[] {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .filter((place) => folders.some((folder) => place.startsWith(`${folder}/`)))
    .reverse();
}

async function ask(core: TestCore, text: string): Promise<string> {
  const { sessionId, turnId } = await sayAccepted(core, 'thread', { text });
  await core.bell.ring(sessionId);
  return turnId;
}

function documentWhen(
  core: TestCore,
  turnId: string,
  is: (document: TurnDocument) => boolean,
  what: string,
): Promise<TurnDocument> {
  return until(
    async () => {
      const [document] = foldDocuments(await core.sessions.turnEvents(turnId));
      return document && is(document) ? document : null;
    },
    what,
    patienceMs,
  );
}

test('I1, I4: a session whose host is gone, engine and all, goes on from its snapshot on another engine, and its thread says so', async (t) => {
  const releases = lastFirst(t);
  const core = await openTestCore(releases);
  const here = await dockerForTests();
  releases.after(() => here.clear());
  const other = await dockerForTests();
  releases.after(() => other.clear());
  const engine = await startEngine(releases, here.options);
  const logFile = join(core.home, 'workers.log');
  const log = openSync(logFile, 'w');
  releases.after(async () => closeSync(log));
  const startWorker = async ({
    uidFor: _,
    onNote: __,
    ...sandbox
  }: typeof here.options): Promise<RoleKeeper> => {
    const settings: RoleSettings = {
      databaseUrl: core.databaseUrl,
      home: core.home,
      reach: {},
      sandbox,
      death: null,
    };
    const worker = keepRole({
      ...{ program: 'worker', log, settings: () => settings },
      ...{ restartMs: () => 100, stoppedMs: 0, onLoss: () => {} },
    });
    releases.after(() => worker.stop());
    await until(async () => worker.ready(), 'a worker to start', patienceMs);
    return worker;
  };

  const doomed = await startWorker({ ...other.options, docker: engine.host });
  const owner = await core.identities.localOwner();
  await core.templates.save(
    { layer: 'system', ownerId: '', name: 'assistant' },
    'format: 1\nsave: turn\n',
    owner,
  );
  const first = await ask(core, '$ echo one > kept; cat kept');
  const saved = await documentWhen(core, first, ({ state }) => isFinal(state), 'the first turn to end');
  assert.equal(saved.steps[0]?.output, 'one\n', readFileSync(logFile, 'utf8'));

  const second = await ask(core, '$ echo two >> kept; cat kept\n$ echo begun; sleep 50');
  const isCut = ({ steps }: TurnDocument) =>
    steps.some(({ state }) => state === 'done') && steps.some(({ state }) => state === 'running');
  await documentWhen(core, second, isCut, 'one command to be done and one to run');
  await startWorker(here.options);
  await Promise.all([doomed.stop(), engine.burnDown()]);

  const resumed = await documentWhen(core, second, ({ state }) => isFinal(state), 'the second turn to end');
  assert.equal(resumed.state, 'succeeded', readFileSync(logFile, 'utf8'));
  assert.deepEqual(
    resumed.steps.map(({ output, state }) => (state === 'done' ? output : state)),
    ['one\ntwo\n', 'interrupted'],
    'what was done stands as it was done, what was cut off is not run again',
  );
  assert.deepEqual(
    resumed.restarts.map(({ cut }) => cut),
    [['$ echo begun; sleep 50']],
  );
  assert.deepEqual(
    resumed.lost.map(({ steps, saved: was }) => ({ steps, saved: was })),
    [{ steps: 1, saved: true }],
  );
  const told = checklistOf(resumed, new Date())?.restarts.map(({ text }) => text) ?? [];
  assert.match(
    told.join('\n'),
    /The host that had this thread's files is gone\. They are as they were last saved; what 1 step/,
  );
  assert.match(resumed.answer ?? '', /host that had \/workspace is gone/, 'the agent was told as well');

  const third = await ask(core, '$ cat kept');
  const after = await documentWhen(core, third, ({ state }) => isFinal(state), 'the third turn to end');
  assert.equal(after.steps[0]?.output, 'one\n', 'the snapshot of the first turn');
  assert.deepEqual(after.lost, [], 'said once');
});
