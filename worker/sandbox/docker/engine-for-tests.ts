import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { commandOf, newSession } from '../contract-ground.ts';
import type { Command, CommandResult, Sandbox } from '../port.ts';
import { buildBaseImage } from './base-image.ts';
import { connectEngine } from './engine.ts';
import { FIRST_UID, LABEL_INSTANCE, type SandboxOptions } from './options.ts';
import { DockerSandboxes } from './sandboxes.ts';

const run = promisify(execFile);
const DOCKER = 'unix:///var/run/docker.sock';
/** Shared by test runs of one machine, as the image is: neither is worth a minute each time. */
const TAG = 'deckhand/base:2';
const HELPER_HOME = join(tmpdir(), 'deckhand-test-helper');

export type InSandbox = (
  run: (script: string, more?: Partial<Command>) => Promise<CommandResult>,
  sandbox: Sandbox,
  sessionId: string,
) => Promise<void>;

/** A machine of a test's own: an instance name, a home, and a way to leave nothing behind. */
export interface DockerForTests {
  options: SandboxOptions;
  /** Where the helper is kept for all tests of this machine. */
  helperHome: string;
  notes: string[];
  worker(more?: Partial<SandboxOptions>): DockerSandboxes;
  /** Gives a test one new sandbox and a short way to run scripts in it. */
  inSandbox(work: InSandbox): Promise<void>;
  clear(): Promise<void>;
}

export async function dockerForTests(): Promise<DockerForTests> {
  const { helper } = await buildBaseImage({
    docker: DOCKER,
    tag: TAG,
    home: HELPER_HOME,
    onProgress: () => {},
  });
  const instance = `test${randomBytes(5).toString('hex')}`;
  const home = join(tmpdir(), `deckhand-${instance}`);
  await mkdir(home, { recursive: true });
  const uids = new Map<string, number>();
  const notes: string[] = [];
  const options: SandboxOptions = {
    docker: DOCKER,
    instance,
    home,
    image: TAG,
    helper,
    runtime: 'runc',
    memoryMb: 256,
    cpus: 1,
    pids: 128,
    diskMb: 128,
    idleSeconds: 600,
    uidFor: async (userId) => {
      uids.set(userId, uids.get(userId) ?? FIRST_UID + uids.size);
      return uids.get(userId) ?? FIRST_UID;
    },
    onNote: (note) => notes.push(note),
  };
  const worker = (more: Partial<SandboxOptions> = {}) => new DockerSandboxes({ ...options, ...more });
  return {
    options,
    helperHome: HELPER_HOME,
    notes,
    worker,
    inSandbox: async (work) => {
      const sandboxes = worker();
      const sessionId = newSession();
      try {
        const sandbox = await sandboxes.open({ sessionId, userId: 'usr_ana' });
        await work((script, more) => sandbox.run(commandOf(script, more)), sandbox, sessionId);
      } finally {
        await sandboxes.close();
      }
    },
    clear: async () => {
      await removeAll(instance);
      await run('umount', ['--lazy', join(home, 'live/places')]).catch(() => {});
      await rm(home, { recursive: true, force: true });
    },
  };
}

async function removeAll(instance: string): Promise<void> {
  const engine = connectEngine(DOCKER);
  const filters = { label: [`${LABEL_INSTANCE}=${instance}`] };
  for (const { Id } of await engine.listContainers({ all: true, filters })) {
    await engine.getContainer(Id).remove({ force: true, v: true });
  }
  const { Volumes: volumes } = await engine.listVolumes({ filters: JSON.stringify(filters) });
  for (const { Name } of volumes ?? []) await engine.getVolume(Name).remove();
}
