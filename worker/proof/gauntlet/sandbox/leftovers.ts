import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { Attack, AttackGroup } from '../attack.ts';
import type { SandboxArena } from './arena.ts';

const run = promisify(execFile);

/**
 * All that the kernel keeps for a sandbox without a process or a file of its workspace: System V objects as its own
 * namespace lists them, names in its shared memory and queues, its sockets' abstract names, and keys by their owners.
 */
async function kept({ init }: SandboxArena): Promise<string[]> {
  // A sandbox that is gone has kept nothing.
  if (!existsSync(`/proc/${init}`)) return [];
  const lists = ['shm', 'msg', 'sem'].map((kind) => `/proc/sysvipc/${kind}`);
  const { stdout } = await run('nsenter', [
    `--ipc=/proc/${init}/ns/ipc`,
    '--',
    'tail',
    '-qn',
    '+2',
    ...lists,
  ]);
  const named = ['/dev/shm', '/dev/mqueue'].map((path) => readdir(`/proc/${init}/root${path}`));
  const sockets = await readFile(`/proc/${init}/net/unix`, 'utf8');
  const keys = await readFile('/proc/key-users', 'utf8');
  return [
    ...stdout.split('\n').filter(Boolean),
    ...(await Promise.all(named)).flat(),
    ...(sockets.match(/@left.*/g) ?? []),
    ...(keys.match(/^ *7\d{4}: .*/gm) ?? []),
  ];
}

const count = async (arena: SandboxArena) => (await kept(arena)).length;
let before = 0;

/** Leaves something, and lets the turn end. */
const leaves = (name: string, python: string): Attack<SandboxArena> => ({
  name,
  run: async (arena) => {
    before = await count(arena);
    await arena.hold(python);
    await arena.endTurn();
  },
  observed: async (arena) => (await count(arena)) > before,
});

const queue = `class Attributes(ctypes.Structure): _fields_ = [(n, ctypes.c_long) for n in ('flags', 'most', 'size', 'now', 'a', 'b', 'c', 'd')]
wanted = Attributes(0, 4, 64, 0)
held = libc.syscall(240, b'left', 0o102, 0o666, ctypes.byref(wanted))
print(held)`;
const segment = (mode: string) => `held = libc.shmget(0x1ef7, 4096, ${mode} | 0o1000)\nprint(held)`;
const key = (ring: number) => `print(libc.syscall(248, b'user', b'left', b'word', 4, ${ring}))`;

/** One person's turn ends, another's begins in the same sandbox: what one left in the kernel is not there any more. */
export const leftovers: AttackGroup<SandboxArena> = {
  name: 'between turns',
  harm: 'leak',
  control: {
    name: 'shared memory while its turn goes on',
    run: async (arena) => {
      before = await count(arena);
      await arena.hold("open('/dev/shm/left', 'w').write('x')");
    },
    observed: async (arena) => (await count(arena)) > before,
  },
  attacks: [
    leaves(
      'shared memory with a name',
      "open('/dev/shm/left', 'w').write('x'); os.chmod('/dev/shm/left', 0o666)",
    ),
    leaves('shared memory with a name that is hidden', "open('/dev/shm/.left\\n', 'w').write('x')"),
    leaves(
      'shared memory in folders',
      "os.makedirs('/dev/shm/a/b/c'); open('/dev/shm/a/b/c/left', 'w').write('x')",
    ),
    leaves(
      'shared memory in a folder that nobody may enter',
      "os.makedirs('/dev/shm/a/b'); open('/dev/shm/a/b/left', 'w').write('x'); os.chmod('/dev/shm/a/b', 0); os.chmod('/dev/shm/a', 0)",
    ),
    leaves(
      'shared memory in folders too deep for a path',
      "os.chdir('/dev/shm')\nfor _ in range(3000): os.mkdir('d' * 50); os.chdir('d' * 50)\nopen('left', 'w').write('x')",
    ),
    leaves(
      'more names than memory',
      "try:\n  for n in range(1000000): os.symlink('/', f'/dev/shm/{n}')\nexcept OSError as error: print(error)",
    ),
    leaves('a link in shared memory', "os.symlink('/workspace', '/dev/shm/left')"),
    leaves('a segment that all may read', segment('0o666')),
    leaves('a segment that nobody may read', segment('0')),
    leaves(
      'a segment that a process of the background holds',
      `${segment('0o666')}\nlibc.shmat(held, None, 0)\nif os.fork() == 0:\n  os.setsid(); time.sleep(600)`,
    ),
    leaves(
      'a message queue',
      "held = libc.msgget(0x1ef7, 0o1666)\nlibc.msgsnd(held, struct.pack('=q4s', 1, b'left'), 4, 0)",
    ),
    leaves('semaphores', 'print(libc.semget(0x1ef7, 10, 0o1666))'),
    leaves('a message queue with a name', queue),
    leaves('a file among the queues', "os.close(os.open('/dev/mqueue/left', os.O_CREAT | os.O_RDWR, 0o666))"),
    leaves("a key in the session's ring", key(-3)),
    leaves("a key in the person's ring", key(-4)),
    leaves("a key in the process's ring", key(-2)),
    leaves(
      'a listener in the abstract space',
      "if os.fork() == 0:\n  os.setsid(); held = socket.socket(socket.AF_UNIX); held.bind('\\0left'); held.listen(); time.sleep(600)\ntime.sleep(0.2)",
    ),
  ],
};
