import { readFileSync } from 'node:fs';
import type Docker from 'dockerode';
import { WORKSPACE } from '../limits.ts';
import { doorEnvironment } from './door-mount.ts';
import {
  HELPER,
  HELPER_UID,
  LABEL_INSTANCE,
  LABEL_SESSION,
  type SandboxOptions,
  WORKSPACE_GID,
} from './options.ts';

const MIB = 1024 * 1024;
/** The engine's default profile lets vsock and io_uring through; this one names what may pass. */
const SECCOMP = JSON.stringify(
  JSON.parse(readFileSync(new URL('../../../sandbox-images/seccomp.json', import.meta.url), 'utf8')),
);

/** One name a session, so that two workers that make its sandbox at once end up with one. */
export function containerName(instance: string, sessionId: string): string {
  return `deckhand-${instance}-${sessionId}`;
}

export interface Mounts {
  workspace: Docker.MountSettings;
  /** Host folder shown as `/run/deckhand`. */
  runFolder: string;
  /** The folder of the door's socket; null where there is no way out. */
  door: Docker.MountSettings | null;
}

/** What a sandbox is to Docker; pure, so that a test can read the hardening off it. */
export function containerSpec(
  options: SandboxOptions,
  sessionId: string,
  mounts: Mounts,
): Docker.ContainerCreateOptions & { name: string } {
  const memory = options.memoryMb * MIB;
  const shared = Math.min(64 * MIB, Math.floor(memory / 8));
  return {
    name: containerName(options.instance, sessionId),
    Image: options.image,
    Entrypoint: [HELPER, 'init'],
    Cmd: [],
    User: `${HELPER_UID}:${WORKSPACE_GID}`,
    WorkingDir: WORKSPACE,
    Hostname: 'sandbox',
    Env: mounts.door ? [...doorEnvironment] : [],
    Labels: { [LABEL_INSTANCE]: options.instance, [LABEL_SESSION]: sessionId },
    NetworkDisabled: true,
    HostConfig: {
      NetworkMode: 'none',
      // Otherwise the engine copies the host's resolver and search domains into the sandbox.
      Dns: ['127.0.0.1'],
      DnsSearch: ['.'],
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges', `seccomp=${SECCOMP}`],
      ReadonlyRootfs: true,
      // tmpfs counts as memory: both together stay below the limit.
      Tmpfs: { '/tmp': `rw,exec,nosuid,nodev,mode=1777,size=${Math.floor(memory / 2)}` },
      ShmSize: shared,
      IpcMode: 'private',
      Memory: memory,
      MemorySwap: memory,
      NanoCpus: Math.round(options.cpus * 1e9),
      PidsLimit: options.pids,
      Ulimits: [
        { Name: 'nofile', Soft: 4096, Hard: 16384 },
        { Name: 'core', Soft: 0, Hard: 0 },
      ],
      LogConfig: { Type: 'none', Config: {} },
      RestartPolicy: { Name: 'no' },
      Runtime: options.runtime,
      Mounts: [
        mounts.workspace,
        { Type: 'bind', Source: options.helper, Target: HELPER, ReadOnly: true },
        { Type: 'bind', Source: mounts.runFolder, Target: '/run/deckhand', ReadOnly: true },
        ...(mounts.door ? [mounts.door] : []),
      ],
    },
  };
}
