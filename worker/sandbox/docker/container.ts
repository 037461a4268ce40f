import { readFileSync } from 'node:fs';
import type Docker from 'dockerode';
import { WORKSPACE } from '../limits.ts';
import { doorEnvironment } from './door-mount.ts';
import {
  HELPER,
  HELPER_UID,
  LABEL_INSTANCE,
  LABEL_PLACE,
  LABEL_SESSION,
  type SandboxOptions,
  WORKSPACE_GID,
} from './options.ts';

const MIB = 1024 * 1024;
const RUN = '/run/deckhand';
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

type Spec = Docker.ContainerCreateOptions & { name: string };

/** What a session's sandbox is to Docker; pure, so that a test can read the hardening off it. */
export function containerSpec(options: SandboxOptions, sessionId: string, mounts: Mounts): Spec {
  return specOf(options, sessionId, mounts.door !== null, { [LABEL_SESSION]: sessionId }, [
    mounts.workspace,
    { Type: 'bind', Source: mounts.runFolder, Target: RUN, ReadOnly: true },
    ...(mounts.door ? [mounts.door] : []),
  ]);
}

/** A sandbox whose session is not known yet: what is mounted under `folder` on the host later appears in it. */
export function warmSpec(options: SandboxOptions, place: string, folder: string): Spec {
  const spreads = { Propagation: 'rslave' } as const;
  return specOf(options, place, options.door !== undefined, { [LABEL_PLACE]: place }, [
    { Type: 'bind', Source: `${folder}/workspace`, Target: WORKSPACE, BindOptions: spreads },
    { Type: 'bind', Source: `${folder}/run`, Target: RUN, ReadOnly: true, BindOptions: spreads },
  ]);
}

function specOf(
  options: SandboxOptions,
  name: string,
  hasDoor: boolean,
  labels: Record<string, string>,
  mounts: Docker.MountSettings[],
): Spec {
  const memory = options.memoryMb * MIB;
  const shared = Math.min(64 * MIB, Math.floor(memory / 8));
  return {
    name: containerName(options.instance, name),
    Image: options.image,
    Entrypoint: [HELPER, 'init'],
    Cmd: [],
    User: `${HELPER_UID}:${WORKSPACE_GID}`,
    WorkingDir: WORKSPACE,
    Hostname: 'sandbox',
    Env: hasDoor ? [...doorEnvironment] : [],
    Labels: { [LABEL_INSTANCE]: options.instance, ...labels },
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
      Mounts: [...mounts, { Type: 'bind', Source: options.helper, Target: HELPER, ReadOnly: true }],
    },
  };
}
