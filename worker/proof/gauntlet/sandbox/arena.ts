import { readdir, readFile, readlink } from 'node:fs/promises';
import { commandOf, newSession } from '#worker/sandbox/contract-ground.ts';
import { containerName } from '#worker/sandbox/docker/container.ts';
import { connectEngine } from '#worker/sandbox/docker/engine.ts';
import type { DockerForTests } from '#worker/sandbox/docker/engine-for-tests.ts';
import type { SandboxOptions } from '#worker/sandbox/docker/options.ts';
import type { Sandbox } from '#worker/sandbox/port.ts';
import type { Arena } from '../attack.ts';

/** A real sandbox to attack, and the host's eyes on it. */
export interface SandboxArena extends Arena {
  sessionId: string;
  sandbox: Sandbox;
  options: SandboxOptions;
  /** The helper's process as the host numbers it. */
  init: number;
  /** Runs Python in the sandbox until it has tried; what it holds stays held until `settle`. */
  hold(python: string): Promise<void>;
  /** Runs a shell script in the sandbox to its end. */
  shell(script: string): Promise<void>;
  /** Processes in the sandbox but for the helper's own, as the host numbers them. */
  processes(): Promise<number[]>;
}

const prelude = `import ctypes, mmap, os, resource, socket, struct, sys, time
libc = ctypes.CDLL(None, use_errno=True)
`;
const tried = 'TRIED';
/** Upper bounds for what hangs; they cost nothing where things go on, however slow the machine. */
const patienceMs = 180_000;

export async function openSandboxArena(docker: DockerForTests): Promise<SandboxArena> {
  const worker = docker.worker();
  const sessionId = newSession();
  const sandbox = await worker.open({ sessionId, userId: 'usr_attacker' });
  const name = containerName(docker.options.instance, sessionId);
  const { State: state } = await connectEngine(docker.options.docker).getContainer(name).inspect();
  const init = state.Pid;
  const inside = await readlink(`/proc/${init}/ns/pid`);
  const held: Promise<unknown>[] = [];
  return {
    sessionId,
    sandbox,
    options: docker.options,
    init,
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
    settle: async () => {
      await worker.endTurn(sessionId);
      await Promise.all(held.splice(0));
    },
    broken: async () => {
      const { output } = await sandbox.run(commandOf('echo fine', { timeoutMs: patienceMs }));
      return output === 'fine\n' ? null : `the sandbox answers ${JSON.stringify(output)}`;
    },
    close: () => worker.close(),
  };
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
