import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { commandOf, newSession } from '#worker/sandbox/contract-ground.ts';
import { containerName } from '#worker/sandbox/docker/container.ts';
import { connectEngine } from '#worker/sandbox/docker/engine.ts';
import { type DockerForTests, dockerForTests } from '#worker/sandbox/docker/engine-for-tests.ts';
import type { SandboxOptions, SnapshotStore } from '#worker/sandbox/docker/options.ts';
import { snapshotsForTests } from '#worker/sandbox/docker/snapshots-for-tests.ts';
import type { Sandbox } from '#worker/sandbox/port.ts';
import type { Arena } from '../attack.ts';

/** A real sandbox to attack, and the host's eyes on it. */
export interface SandboxArena extends Arena {
  sessionId: string;
  sandbox: Sandbox;
  options: SandboxOptions;
  /** The helper's process as the host numbers it; another one when the sandbox had to be made anew. */
  readonly init: number;
  /** Runs Python in the sandbox until it has tried; what it holds stays held until `settle`. */
  hold(python: string): Promise<void>;
  /** Runs a shell script in the sandbox to its end. */
  shell(script: string): Promise<void>;
  /** Runs a shell script as another person of the session; gives what it printed. */
  shellAs(userId: string, script: string): Promise<string>;
  /**
   * Saves the idle workspace, or takes `forged` (a packed tar) for a session's saved state, and opens it on another host.
   * `look` gets where it lies there, null if it was not taken.
   */
  move(forged: Uint8Array | null, look: (root: string | null) => Promise<void>): Promise<void>;
  /** Ends the turn as a worker does. */
  endTurn(): Promise<void>;
  /** Processes in the sandbox but for the helper's own, as the host numbers them. */
  processes(): Promise<number[]>;
}

const prelude = `import ctypes, mmap, os, resource, socket, struct, sys, time
libc = ctypes.CDLL(None, use_errno=True)
`;
const tried = 'TRIED';
const attacker = 'usr_attacker';
/** Upper bounds for what hangs; they cost nothing where things go on, however slow the machine. */
const patienceMs = 180_000;

export async function openSandboxArena(docker: DockerForTests): Promise<SandboxArena> {
  const snapshots = snapshotsForTests(join(docker.options.home, 'blobs'));
  const worker = docker.worker({ snapshots, idleSeconds: 0 });
  const sessionId = newSession();
  const sandbox = await worker.open({ sessionId, userId: attacker });
  const find = async () => {
    const init = await pidOf(docker.options, sessionId);
    return { init, inside: await readlink(`/proc/${init}/ns/pid`) };
  };
  let { init, inside } = await find();
  const held: Promise<unknown>[] = [];
  const endTurn = async () => {
    await worker.endTurn(sessionId);
    await Promise.all(held.splice(0));
  };
  return {
    sessionId,
    sandbox,
    options: docker.options,
    get init() {
      return init;
    },
    hold: async (python) => {
      const body = python.trim().replaceAll('\n', '\n  ');
      const script = `${prelude}try:\n  ${body}\nexcept BaseException as error: print(repr(error))\nprint('${tried}', flush=True)\ntime.sleep(${patienceMs / 1_000})\n`;
      const begun = Promise.withResolvers<void>();
      const running = sandbox.run(
        commandOf(`exec python3 - <<'PYTHON'\n${script}PYTHON`, { timeoutMs: patienceMs }),
        {
          onOutput: (text) => text.includes(tried) && begun.resolve(),
        },
      );
      held.push(running);
      // An attacker that was killed for what it tried has tried.
      await Promise.race([begun.promise, running]);
    },
    shell: async (script) => void (await sandbox.run(commandOf(script, { timeoutMs: patienceMs }))),
    processes: async () => {
      const found: number[] = [];
      for (const pid of (await readdir('/proc')).map(Number)) {
        if (!pid || pid === init) continue;
        if ((await readlink(`/proc/${pid}/ns/pid`).catch(() => '')) === inside) found.push(pid);
      }
      return found;
    },
    shellAs: async (userId, script) => {
      const theirs = await worker.open({ sessionId, userId });
      return (await theirs.run(commandOf(script, { timeoutMs: patienceMs }))).output;
    },
    move: async (forged, look) => {
      await endTurn();
      const moved = forged ? newSession() : sessionId;
      if (forged) {
        const { hash, size } = await snapshots.blobs.put(forged, forged.length);
        await snapshots.snapshots.save(moved, { generation: 1, blob: hash, size }, 'elsewhere');
      } else if ((await worker.reap(async (ids) => new Set(ids))) !== 1)
        throw new Error(`not saved: ${docker.notes.join('; ')}`);
      await elsewhere(moved, snapshots, look);
      await worker.open({ sessionId, userId: attacker });
      ({ init, inside } = await find());
    },
    endTurn,
    settle: endTurn,
    broken: async () => {
      const { output } = await sandbox.run(commandOf('echo fine', { timeoutMs: patienceMs }));
      ({ init, inside } = await find());
      return output === 'fine\n' ? null : `the sandbox answers ${JSON.stringify(output)}`;
    },
    close: () => worker.close(),
  };
}

/** Opens a session on a host of its own, as far as it opens there. */
async function elsewhere(
  sessionId: string,
  snapshots: SnapshotStore,
  look: (root: string | null) => Promise<void>,
) {
  const there = await dockerForTests();
  const worker = there.worker({ snapshots });
  try {
    const opened = await worker
      .open({ sessionId, userId: attacker })
      .catch((error: Error & { code?: string }) => {
        if (error.code !== 'snapshot.refused') throw error;
        return null;
      });
    await look(opened && `/proc/${await pidOf(there.options, sessionId)}/root/workspace`);
  } finally {
    await worker.close();
    await there.clear();
  }
}

/** The helper's process of a session's sandbox. */
async function pidOf({ docker, instance }: SandboxOptions, sessionId: string): Promise<number> {
  const { State: state } = await connectEngine(docker)
    .getContainer(containerName(instance, sessionId))
    .inspect();
  return state.Pid;
}

/** A field of `/proc/PID/status`; empty when the process is gone. */
export async function statusOf(pid: number, field: string): Promise<string> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return new RegExp(`^${field}:\\s*(.*)$`, 'm').exec(status)?.[1] ?? '';
}

/** What a process has open, as the kernel names it. */
export async function openFilesOf(pid: number): Promise<string[]> {
  const names = await readdir(`/proc/${pid}/fd`).catch(() => []);
  return Promise.all(names.map((name) => readlink(`/proc/${pid}/fd/${name}`).catch(() => '')));
}
