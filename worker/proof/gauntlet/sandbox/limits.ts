import { access, readdir, readFile, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { diskOf } from '#worker/sandbox/docker/workspace.ts';
import type { Attack, AttackGroup } from '../attack.ts';
import { type SandboxArena, statusOf } from './arena.ts';

const MIB = 1024 * 1024;

/** Made inside by whoever holds what is to be seen, and by the host when it has looked at it. */
const held = '/tmp/held';
const looked = '/tmp/looked';

/**
 * The most of something seen while an attack goes on, looked at from the host every few milliseconds; what says that it
 * is `held` stays until it was looked at, however long that takes.
 */
function exhausting(
  name: string,
  measure: (arena: SandboxArena) => Promise<number>,
  over: (arena: SandboxArena) => number,
  script: string,
): Attack<SandboxArena> {
  let most = 0;
  return {
    name,
    run: async (arena) => {
      most = 0;
      let on = true;
      const root = `/proc/${arena.init}/root`;
      for (const note of [held, looked]) await rm(root + note, { force: true });
      const watching = (async () => {
        while (on) {
          const stands = await access(root + held).then(
            () => true,
            () => false,
          );
          most = Math.max(most, await measure(arena));
          if (stands) await writeFile(root + looked, '', { flag: 'wx' }).catch(() => {});
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      })();
      await arena.shell(script).finally(() => {
        on = false;
      });
      await watching;
      most = Math.max(most, await measure(arena));
    },
    observed: async (arena) => most > over(arena),
  };
}

const hold = `touch ${held}; until [ -e ${looked} ]; do sleep 0.05; done`;
const python = (body: string) => `exec python3 - <<'PYTHON'
import os, time
def hold():
  open('${held}', 'w').close()
  while not os.path.exists('${looked}'): time.sleep(0.02)
${body}
PYTHON`;

async function threads(arena: SandboxArena): Promise<number> {
  const counts = await Promise.all((await arena.processes()).map((pid) => statusOf(pid, 'Threads')));
  return counts.reduce((sum, count) => sum + Number(count || 0), 0);
}

export const processes: AttackGroup<SandboxArena> = {
  name: 'processes',
  harm: 'escape',
  control: exhausting(
    'twenty sleepers',
    threads,
    () => 19,
    `for i in $(seq 20); do sleep 300 & done; ${hold}; kill $(jobs -p)`,
  ),
  attacks: [
    exhausting(
      'a fork bomb',
      threads,
      ({ options }) => options.pids,
      'bomb() { bomb | bomb & }; timeout 2 true; bomb; sleep 2',
    ),
    exhausting(
      'threads without end',
      threads,
      ({ options }) => options.pids,
      python(
        'import threading\ntry:\n  for _ in range(5000): threading.Thread(target=time.sleep, args=(5,), daemon=True).start()\nexcept RuntimeError: hold()',
      ),
    ),
  ],
};

/** Memory that is a process's own, shared pages counted once (proc_pid_smaps(5)); 0 of one that is gone. */
async function residentOf(pid: number): Promise<number> {
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '');
  return Number(/^Pss_Anon:\s+(\d+)/m.exec(rollup)?.[1] ?? 0) * 1024;
}

/**
 * What all processes held at one moment, at least: each counts with what it had both before and after that moment. One
 * pass over them would add up some that were killed before others grew.
 */
async function resident(arena: SandboxArena): Promise<number> {
  const before = new Map<number, number>();
  for (const pid of await arena.processes()) before.set(pid, await residentOf(pid));
  let sum = 0;
  for (const [pid, bytes] of before) sum += Math.min(bytes, await residentOf(pid));
  return sum;
}

/** tmpfs as the host sees it through the sandbox's root. */
const used = (path: string) => async (arena: SandboxArena) => {
  const found = await statfs(`/proc/${arena.init}/root${path}`);
  return (found.blocks - found.bfree) * found.bsize;
};
const memory = ({ options }: SandboxArena) => options.memoryMb * MIB;

let sharedBefore = Number.POSITIVE_INFINITY;
/** All shared memory of the machine: a file without a name shows nowhere else. */
async function shared(): Promise<number> {
  const now = Number(/^Shmem:\s+(\d+)/m.exec(await readFile('/proc/meminfo', 'utf8'))?.[1]) * 1024;
  sharedBefore = Math.min(sharedBefore, now);
  return now;
}

export const memories: AttackGroup<SandboxArena> = {
  name: 'memory',
  harm: 'escape',
  control: exhausting(
    '64 MiB that are allowed',
    resident,
    () => 64 * MIB,
    python('x = bytearray(os.urandom(1)) * (64 << 20); hold()'),
  ),
  attacks: [
    exhausting('2 GiB in one process', resident, memory, python('x = bytearray(2 << 30); hold()')),
    exhausting(
      '2 GiB in eight processes',
      resident,
      memory,
      python('for _ in range(8): os.fork()\nx = bytearray(256 << 20); hold()'),
    ),
    exhausting('/tmp without end', used('/tmp'), memory, 'head -c 4G /dev/zero > /tmp/big; rm /tmp/big'),
    exhausting(
      '/dev/shm without end',
      used('/dev/shm'),
      memory,
      'head -c 4G /dev/zero > /dev/shm/big; rm /dev/shm/big',
    ),
    exhausting(
      'memory by memfd',
      shared,
      (arena) => sharedBefore + memory(arena),
      python('held = os.memfd_create("x")\nfor _ in range(4096): os.write(held, bytes(1 << 20))'),
    ),
  ],
};

/** What the session's disk takes of the host's, in bytes. */
async function disk({ options, sessionId }: SandboxArena): Promise<number> {
  return (await stat(diskOf(options.home, sessionId))).blocks * 512;
}

async function inodes({ options }: SandboxArena): Promise<number> {
  const found = await statfs(options.home);
  return found.files - found.ffree;
}

export const disks: AttackGroup<SandboxArena> = {
  name: 'disk',
  harm: 'escape',
  control: exhausting(
    '32 MiB that are allowed',
    disk,
    () => 32 * MIB,
    `head -c 40M /dev/urandom > some; sync some; ${hold}; rm some`,
  ),
  attacks: [
    exhausting(
      'a file without end',
      disk,
      ({ options }) => options.diskMb * MIB,
      'head -c 4G /dev/urandom > big; sync; rm -f big',
    ),
    exhausting(
      'a file far behind its end',
      disk,
      ({ options }) => options.diskMb * MIB,
      'truncate -s 1T far; head -c 4G /dev/urandom | dd of=far bs=1M seek=500000 conv=notrunc; sync; rm -f far',
    ),
    exhausting(
      'fallocate',
      disk,
      ({ options }) => options.diskMb * MIB,
      'fallocate -l 4G big; sync; rm -f big',
    ),
  ],
};

let inodesBefore = 0;
export const files: AttackGroup<SandboxArena> = {
  name: 'files and descriptors',
  harm: 'escape',
  control: exhausting(
    'a thousand descriptors',
    mostOpen,
    () => 999,
    python('held = [os.open("/dev/null", 0) for _ in range(1000)]; hold()'),
  ),
  attacks: [
    exhausting(
      'descriptors without end',
      mostOpen,
      () => 16_384,
      python(
        'import resource\nresource.setrlimit(resource.RLIMIT_NOFILE, (16384, 16384))\ntry:\n  held = []\n  while True: held.append(os.open("/dev/null", 0))\nexcept OSError: os.close(held.pop()); hold()',
      ),
    ),
    exhausting(
      'a higher limit of descriptors',
      mostOpen,
      () => 16_384,
      python(
        'import resource\ntry: resource.setrlimit(resource.RLIMIT_NOFILE, (1 << 20, 1 << 20))\nexcept ValueError: pass',
      ),
    ),
    {
      name: 'inodes without end',
      run: async (arena) => {
        inodesBefore = await inodes(arena);
        await arena.shell(
          python(
            'try:\n  os.mkdir("many")\n  for n in range(400000): os.close(os.open(f"many/{n}", 65))\nexcept OSError as error: print(error)',
          ),
        );
        await arena.shell('rm -rf many');
      },
      // Others work on this host too: the attack would be some hundred thousand.
      observed: async (arena) => (await inodes(arena)) - inodesBefore > 20_000,
    },
  ],
};

async function mostOpen(arena: SandboxArena): Promise<number> {
  const counts = await Promise.all(
    (await arena.processes()).map(async (pid) => (await readdir(`/proc/${pid}/fd`).catch(() => [])).length),
  );
  return Math.max(0, ...counts);
}
