import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { access, link, mkdir, open, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type Docker from 'dockerode';
import { messageOf } from '#core/errors.ts';
import { WORKSPACE } from '../limits.ts';
import { containerName } from './container.ts';
import { refusalOf } from './engine.ts';
import type { EngineCalls } from './engine-calls.ts';
import { HELPER_UID, LABEL_INSTANCE, LABEL_SESSION, type SandboxOptions, WORKSPACE_GID } from './options.ts';

const MIB = 1024 * 1024;
const run = promisify(execFile);

/** A session's disk, ready to be mounted into a container. */
export interface Workspace {
  mount: Docker.MountSettings;
  /** True when only root of the sandbox may give it its group and folders: the engine made it, not we. */
  ownedByRoot: boolean;
  /** To be called once a container has mounted it, or failed to. */
  settle(): Promise<void>;
}

function tool(name: string, ...args: string[]): Promise<{ stdout: string }> {
  return run(name, args, { env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' }, timeout: 60_000 });
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** Did the session begin where no disk could be made? Told by a file, for the engine takes long to answer. */
export function hasPlainVolume(home: string, sessionId: string): Promise<boolean> {
  return exists(join(home, 'workspaces', `${sessionId}.plain`));
}

/** Does this host have a disk of the session? */
export function hasDisk(home: string, sessionId: string): Promise<boolean> {
  return exists(diskOf(home, sessionId));
}

/** Does this host have a workspace of the session, of either kind? */
export async function hasWorkspace(home: string, sessionId: string): Promise<boolean> {
  return (await hasDisk(home, sessionId)) || (await hasPlainVolume(home, sessionId));
}

/** Where a session's disk is. */
export function diskOf(home: string, sessionId: string): string {
  return join(home, 'workspaces', `${sessionId}.ext4`);
}

/** A sparse file with a file system in it: the one disk limit that needs nothing of the engine's storage driver. */
export async function makeDisk(file: string, diskMb: number): Promise<void> {
  const draft = `${file}.draft-${randomUUID()}`;
  try {
    const handle = await open(draft, 'wx', 0o600);
    await handle.truncate(diskMb * MIB);
    await handle.close();
    const owner = `root_owner=${HELPER_UID}:${WORKSPACE_GID},lazy_itable_init=1,lazy_journal_init=1,nodiscard`;
    await tool('mkfs.ext4', '-q', '-F', '-m', '0', '-E', owner, draft);
    // The first of two workers wins: replacing the file would leave a sandbox with a disk that nobody finds again.
    await link(draft, file).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(draft, { force: true });
  }
}

async function openDisk(
  options: SandboxOptions,
  file: string,
  labels: Record<string, string>,
): Promise<Workspace> {
  if (!(await exists(file))) await makeDisk(file, options.diskMb);
  const device = (await tool('losetup', '--find', '--show', file)).stdout.trim();
  const mountOptions = { type: 'ext4', device, o: 'nosuid,nodev,noatime,discard' };
  return {
    // Without a name the volume comes and goes with its container: it only names the device, the data is in the file.
    // Workers that race here each bring a device, but only the one whose container gets the session's name mounts it.
    mount: volumeMount('', mountOptions, labels),
    ownedByRoot: false,
    // On a mounted device this only marks it: the kernel frees it at the last unmount, whoever is alive then.
    settle: async () => void (await tool('losetup', '--detach', device).catch(() => undefined)),
  };
}

function volumeMount(
  name: string,
  driverOptions: Record<string, string>,
  labels: Record<string, string>,
): Docker.MountSettings {
  const driver = { Name: 'local', Options: driverOptions };
  // NoCopy: what an image has at this place is not the workspace.
  return {
    Type: 'volume',
    Source: name,
    Target: WORKSPACE,
    VolumeOptions: { NoCopy: true, Labels: labels, DriverConfig: driver },
  };
}

/** A volume with a name: the engine makes it with the first container and keeps it. */
function plainVolume(name: string, labels: Record<string, string>): Workspace {
  return { mount: volumeMount(name, {}, labels), ownedByRoot: true, settle: async () => {} };
}

/** The session's workspace, made on the first call. Without loop devices it has no limit of its own, which is noted. */
export async function openWorkspace(options: SandboxOptions, sessionId: string): Promise<Workspace> {
  const plain = plainName(options.instance, sessionId);
  const file = diskOf(options.home, sessionId);
  await mkdir(join(options.home, 'workspaces'), { recursive: true, mode: 0o700 });
  const labels = { [LABEL_INSTANCE]: options.instance, [LABEL_SESSION]: sessionId };
  const known = await exists(file);
  // A session stays with the kind of disk it began with: its files are there.
  if (!known && (await hasPlainVolume(options.home, sessionId))) return plainVolume(plain, labels);
  try {
    return await openDisk(options, file, labels);
  } catch (error) {
    if (known || refusalOf(error) !== null) throw error;
    options.onNote(
      `workspaces have no disk limit here: loop devices cannot be set up (${messageOf(error).split('\n')[0]}); DECKHAND_SANDBOX_DISK_MB is not kept`,
    );
    await writeFile(join(options.home, 'workspaces', `${sessionId}.plain`), '');
    // Made, and not to be mounted here: left behind, it would pass for the session's disk the next time.
    await rm(file, { force: true });
    return plainVolume(plain, labels);
  }
}

/** Removes what this host has of a session's workspace; its sandbox must be gone. */
export async function dropWorkspace(
  engine: EngineCalls,
  { home, instance }: SandboxOptions,
  sessionId: string,
): Promise<void> {
  if (await hasPlainVolume(home, sessionId)) await engine.removeVolume(plainName(instance, sessionId));
  await rm(diskOf(home, sessionId), { force: true });
}

function plainName(instance: string, sessionId: string): string {
  return `${containerName(instance, sessionId)}-plain`;
}
