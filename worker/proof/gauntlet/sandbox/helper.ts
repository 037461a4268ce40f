import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Attack, AttackGroup } from '../attack.ts';
import { type SandboxArena, statusOf } from './arena.ts';

/** When a process began, in ticks since boot; null when it is gone. Field 22 of proc_pid_stat(5). */
async function bornAt(pid: number): Promise<string | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
}

interface Looks {
  born: string | null;
  state: string;
  tracer: string;
  oom: string;
  priority: string;
}

async function looks(pid: number): Promise<Looks> {
  const [born, state, tracer, oom, priority] = await Promise.all([
    bornAt(pid),
    statusOf(pid, 'State').then((word) => (/^[SRDI]/.test(word) ? 'runs' : word)),
    statusOf(pid, 'TracerPid'),
    readFile(`/proc/${pid}/oom_score_adj`, 'utf8').catch(() => ''),
    statusOf(pid, 'Cpus_allowed'),
  ]);
  return { born, state, tracer, oom, priority };
}

let target = 0;
let before: Looks | null = null;

/** A signal takes effect when its process is next scheduled: the observer looks for a second before it says no. */
const lookMs = 1_000;
async function changed(): Promise<boolean> {
  for (const end = Date.now() + lookMs; Date.now() < end; await sleep(20)) {
    if (JSON.stringify(await looks(target)) !== JSON.stringify(before)) return true;
  }
  return false;
}

const against = (
  name: string,
  python: string,
  whom: (arena: SandboxArena) => number,
): Attack<SandboxArena> => ({
  name,
  run: async (arena) => {
    target = whom(arena);
    before = await looks(target);
    await arena.hold(python);
  },
  observed: changed,
});
const attack = (name: string, python: string) => against(name, python, (arena) => arena.init);

/** The helper is PID 1 under a uid of its own: it holds the way to the door. */
export const helper: AttackGroup<SandboxArena> = {
  name: 'the helper',
  harm: 'escape',
  control: {
    name: "stopping a process of one's own",
    run: async (arena) => {
      const known = new Set(await arena.processes());
      await arena.hold('child = os.fork()\nif child == 0: time.sleep(60)');
      target = (await arena.processes()).filter((pid) => !known.has(pid)).at(-1) ?? 0;
      before = await looks(target);
      await arena.shell('pkill -STOP -u "$(id -u)" python3');
    },
    observed: changed,
  },
  attacks: [
    attack('kill -9 1', 'os.kill(1, 9)'),
    attack('SIGSTOP to 1', 'os.kill(1, 19)'),
    attack('SIGTERM to 1', 'os.kill(1, 15)'),
    attack('a signal by pidfd', 'held = libc.syscall(434, 1, 0)\nprint(libc.syscall(424, held, 9, 0, 0))'),
    attack('a real-time signal', 'print(libc.syscall(129, 1, 34, bytes(128)))'),
    attack('ptrace attach', 'print(libc.ptrace(16, 1, 0, 0))'),
    attack('ptrace seize', 'print(libc.ptrace(0x4206, 1, 0, 0))'),
    attack('its memory', "open('/proc/1/mem', 'r+b').write(b'x')"),
    attack('process_vm_writev', 'print(libc.syscall(311, 1, bytes(16), 1, bytes(16), 1, 0))'),
    attack('its out-of-memory score', "open('/proc/1/oom_score_adj', 'w').write('1000')"),
    attack('its processors', 'os.sched_setaffinity(1, {0})'),
    attack('its file limit', 'resource.prlimit(1, resource.RLIMIT_NOFILE, (0, 0))'),
    attack(
      'its descriptors by pidfd_getfd',
      'held = libc.syscall(434, 1, 0)\nprint(libc.syscall(438, held, 3, 0))',
    ),
    attack('kill of everything', 'os.fork() or (os.setsid(), os.kill(-1, 9))'),
  ],
};
