import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdir, readFile, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { sandboxContract } from '../contract.ts';
import { commandOf, newSession } from '../contract-ground.ts';
import type { SandboxSpec } from '../port.ts';
import { containerName } from './container.ts';
import { connectEngine } from './engine.ts';
import { dockerForTests } from './engine-for-tests.ts';
import { LABEL_INSTANCE, LABEL_PLACE } from './options.ts';
import { DockerSandboxes } from './sandboxes.ts';

const docker = await dockerForTests();
after(() => docker.clear());
const { home, instance } = docker.options;
const engine = connectEngine(docker.options.docker);
const warmOptions = { ...docker.options, warm: 1 };

/** Gives every session a sandbox made in advance. */
class AlwaysWarm extends DockerSandboxes {
  override async open(spec: SandboxSpec, signal?: AbortSignal) {
    await this.warm();
    await this.expect(spec);
    return super.open(spec, signal);
  }
}
sandboxContract({ worker: () => new AlwaysWarm(warmOptions) });

async function withWarm(work: (worker: AlwaysWarm) => Promise<void>): Promise<void> {
  const worker = new AlwaysWarm(warmOptions);
  try {
    await work(worker);
  } finally {
    await worker.close();
  }
}

const isWarm = async (sessionId: string) =>
  LABEL_PLACE in (await engine.getContainer(containerName(instance, sessionId)).inspect()).Config.Labels;

const notes = async () => (await readdir(join(home, 'live/of'))).length;
const mounted = async () =>
  (await readFile('/proc/self/mountinfo', 'utf8'))
    .split('\n')
    .filter((line) => line.includes(`${home}/live/places/`));
const loops = () => execFileSync('losetup', ['--list', '--noheadings', '--output', 'BACK-FILE']).toString();

test('a sandbox made in advance is as closed as any, and its run folder and door are read-only inside', () =>
  withWarm(async (worker) => {
    const sessionId = newSession();
    const sandbox = await worker.open({ sessionId, userId: 'usr_ana' });
    assert.ok(await isWarm(sessionId));
    const { output } = await sandbox.run(
      commandOf(
        'id -un; pwd; cat /proc/self/status; env; grep -c " /workspace .*nosuid,nodev" /proc/self/mountinfo; touch /run/deckhand/x; ls /sys/class/net',
      ),
    );
    assert.match(output, /^u7\d+\n\/workspace\n/);
    for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'])
      assert.match(output, new RegExp(`^${set}:\\s+0+$`, 'm'));
    assert.match(output, /^NoNewPrivs:\s+1$/m);
    assert.match(output, /^Seccomp:\s+2$/m);
    assert.match(output, /^HOME=\/workspace\/\.deckhand\/u7\d+\/home$/m);
    assert.match(output, /^1\n.*Read-only file system\nlo\n$/m);
    assert.deepEqual(docker.notes, []);
  }));

test('what was kept for one person is never the link or the sandbox of another', () =>
  withWarm(async (worker) => {
    const sessionId = newSession();
    await worker.warm();
    await worker.expect({ sessionId, userId: 'usr_ana' });
    const ben = await DockerSandboxes.prototype.open.call(worker, { sessionId, userId: 'usr_ben' });
    const uid = await docker.options.uidFor('usr_ben');
    assert.equal((await ben.run(commandOf('id -u; pgrep -c -f "helper wait"'))).output, `${uid}\n0\n`);

    const [other, third] = [newSession(), newSession()];
    await worker.warm();
    await worker.expect({ sessionId: other, userId: 'usr_ana' });
    await worker.endTurn(other);
    const cem = await worker.open({ sessionId: third, userId: 'usr_cem' });
    assert.equal((await cem.run(commandOf('ps -eo uid= | sort -un | grep -c "^ *70000$"'))).output, '0\n');
  }));

test('a workspace moves between sandboxes of both kinds, and no mount or loop device stays behind', async () => {
  const sessionId = newSession();
  await withWarm(async (worker) => {
    const sandbox = await worker.open({ sessionId, userId: 'usr_ana' });
    await sandbox.run(commandOf('echo first > kept'));
  });
  const cold = docker.worker();
  const again = await cold.open({ sessionId, userId: 'usr_ana' });
  assert.equal((await again.run(commandOf('cat kept; echo second >> kept'))).output, 'first\n');
  await cold.close();
  await withWarm(async (worker) => {
    const sandbox = await worker.open({ sessionId, userId: 'usr_ana' });
    assert.ok(await isWarm(sessionId));
    assert.equal((await sandbox.run(commandOf('cat kept'))).output, 'first\nsecond\n');
  });
  assert.deepEqual(await mounted(), []);
  assert.equal(await notes(), 0);
  assert.doesNotMatch(loops(), new RegExp(home));
});

test('a container killed from outside gives its disk back before the next one has it', () =>
  withWarm(async (worker) => {
    const sessionId = newSession();
    const sandbox = await worker.open({ sessionId, userId: 'usr_ana' });
    await sandbox.run(commandOf('echo kept > kept'));
    await engine.getContainer(containerName(instance, sessionId)).remove({ force: true, v: true });
    assert.equal((await sandbox.run(commandOf('cat kept'))).output, 'kept\n');
    assert.equal(
      loops()
        .split('\n')
        .filter((line) => line.includes(sessionId)).length,
      1,
    );
  }));

test('what a killed worker kept ready is cleared away once nobody tends it', async () => {
  const killed = new AlwaysWarm(warmOptions);
  await killed.warm();
  const tidy = docker.worker();
  const places = async () => (await readdir(join(home, 'live/places'))).length;
  await tidy.reap(async (ids) => new Set(ids));
  assert.equal(await places(), 1);
  const [place = ''] = await readdir(join(home, 'live/places'));
  const old = new Date(Date.now() - 600_000);
  await utimes(join(home, 'live/places', place), old, old);
  await tidy.reap(async (ids) => new Set(ids));
  assert.equal(await places(), 0);
  await assert.rejects(engine.getContainer(containerName(instance, place)).inspect(), { statusCode: 404 });
  await killed.close();
});

test('the last worker to end clears away what a killed one kept ready, however short ago', async () => {
  const killed = new AlwaysWarm(warmOptions);
  await killed.warm();
  const ready = async () =>
    (await engine.listContainers({ all: true, filters: { label: [`${LABEL_INSTANCE}=${instance}`] } }))
      .length;
  assert.equal(await ready(), 1);
  await new AlwaysWarm({ ...warmOptions, warm: 0 }).close({ all: true });
  assert.equal(await ready(), 0);
  await killed.close();
});
