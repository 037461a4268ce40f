import { execFile } from 'node:child_process';
import { readFile, readlink } from 'node:fs/promises';
import { promisify } from 'node:util';
import { containerName } from '#worker/sandbox/docker/container.ts';
import type { Attack, AttackGroup } from '../attack.ts';
import { type SandboxArena, statusOf } from './arena.ts';

const run = promisify(execFile);
const kinds = ['user', 'mnt', 'net', 'ipc', 'uts', 'cgroup', 'pid'] as const;

async function leftNamespaces(arena: SandboxArena, from: readonly number[]): Promise<boolean> {
  for (const pid of from)
    for (const kind of kinds) {
      const theirs = await readlink(`/proc/${pid}/ns/${kind}`).catch(() => null);
      if (theirs && theirs !== (await readlink(`/proc/${arena.init}/ns/${kind}`))) return true;
    }
  return false;
}

const unshare = (name: string, flag: number): Attack<SandboxArena> => ({
  name,
  run: (arena) => arena.hold(`print(libc.unshare(${flag}))`),
  observed: async (arena) => leftNamespaces(arena, await arena.processes()),
});

/** Out of the sandbox's namespaces, or into one with more rights. */
export const namespaces: AttackGroup<SandboxArena> = {
  name: 'namespaces',
  harm: 'escape',
  control: {
    name: 'a process of the host has others',
    run: async () => {},
    observed: (arena) => leftNamespaces(arena, [process.pid]),
  },
  attacks: [
    unshare('a user namespace', 0x10000000),
    unshare('a mount namespace', 0x00020000),
    unshare('a network namespace', 0x40000000),
    unshare('user and all others', 0x7e020000),
    {
      name: 'a child in a user namespace by clone3',
      run: (arena) =>
        arena.hold(
          "args = struct.pack('<11Q', 0x10000000, 0, 0, 0, 17, 0, 0, 0, 0, 0, 0)\nif libc.syscall(435, args, 88) == 0: time.sleep(30)",
        ),
      observed: async (arena) => leftNamespaces(arena, await arena.processes()),
    },
    {
      name: "into the helper's namespaces by setns",
      run: (arena) => arena.hold("held = os.open('/proc/1/ns/mnt', os.O_RDONLY)\nprint(libc.setns(held, 0))"),
      observed: async (arena) => leftNamespaces(arena, await arena.processes()),
    },
  ],
};

async function anyPrivileged(arena: SandboxArena): Promise<boolean> {
  for (const pid of await arena.processes()) {
    const uids = (await statusOf(pid, 'Uid')).split(/\s+/);
    const caps = await Promise.all(['CapEff', 'CapPrm', 'CapInh', 'CapAmb'].map((set) => statusOf(pid, set)));
    if (uids.some((uid) => uid === '0' || uid === '65500') || caps.some((set) => /[1-9a-f]/.test(set)))
      return true;
  }
  return false;
}

const privilege = (name: string, python: string): Attack<SandboxArena> => ({
  name,
  run: (arena) => arena.hold(python),
  observed: anyPrivileged,
});

/** More rights than the person has. */
export const privileges: AttackGroup<SandboxArena> = {
  name: 'privileges',
  harm: 'escape',
  control: {
    name: 'a root process that the host puts inside',
    run: async (arena) => {
      const name = containerName(arena.options.instance, arena.sessionId);
      await run('docker', ['exec', '--detach', '--user', '0', name, 'sleep', '60']);
    },
    observed: async (arena) => {
      const seen = await anyPrivileged(arena);
      // The end of a turn sweeps people's processes; this one is the host's.
      for (const pid of await arena.processes())
        if ((await statusOf(pid, 'Uid')).startsWith('0')) process.kill(pid, 9);
      return seen;
    },
  },
  attacks: [
    privilege('setuid(0)', 'print(libc.setuid(0), libc.setresuid(0, 0, 0))'),
    privilege("setuid to the helper's", 'print(libc.setresuid(65500, 65500, 65500))'),
    privilege('setgid(0) and its groups', "print(libc.setgid(0), libc.setgroups(1, struct.pack('<I', 0)))"),
    privilege('capset', "print(libc.syscall(126, struct.pack('<II', 0x20080522, 0), b'\\xff' * 24))"),
    privilege(
      'a set-uid copy of a shell',
      "import shutil\nshutil.copy('/bin/sleep', 'rooted'); os.chown('rooted', 0, 0)\nos.chmod('rooted', 0o6755)\nos.spawnv(os.P_NOWAIT, './rooted', ['rooted', '30'])",
    ),
    privilege(
      'the set-uid programs of the image',
      "[os.spawnv(os.P_NOWAIT, '/bin/su', ['su', '-c', 'sleep 30'])]",
    ),
    privilege(
      'a file with capabilities',
      "import shutil\nshutil.copy('/bin/sleep', 'capable')\nos.setxattr('capable', 'security.capability', struct.pack('<IIIII', 0x02000001, 0xffffffff, 0, 0x1ff, 0))\nos.spawnv(os.P_NOWAIT, './capable', ['capable', '30'])",
    ),
    privilege(
      'no_new_privs taken back',
      'print(libc.prctl(38, 0, 0, 0, 0))\nos.spawnv(os.P_NOWAIT, "/bin/su", ["su"])',
    ),
  ],
};

const watched = [
  '/proc/sys/kernel/core_pattern',
  '/proc/sys/kernel/hostname',
  '/proc/sys/kernel/modprobe',
  '/proc/sys/vm/overcommit_memory',
  '/proc/sys/fs/protected_symlinks',
  '/sys/kernel/uevent_helper',
  '/sys/kernel/mm/transparent_hugepage/enabled',
];
const canary = '/tmp/canary';
let before = '';

async function state(arena: SandboxArena): Promise<string> {
  const root = `/proc/${arena.init}/root`;
  const values = await Promise.all(
    [...watched, ...watched.map((path) => root + path), root + canary, `/proc/${arena.init}/mountinfo`].map(
      (path) => readFile(path, 'utf8').catch(() => ''),
    ),
  );
  // Without times: a shell's here-document alone changes those of /tmp.
  const look = ['-maxdepth', '1', '-printf', '%p %y %m %U %l\n'];
  const inside = await Promise.all(
    ['/', '/usr', '/etc', '/workspace', '/run/deckhand', '/usr/local/lib/deckhand'].map(
      async (path) => (await run('find', [root + path, ...look])).stdout,
    ),
  );
  const devices = await run('find', [`${root}/tmp`, '-type', 'b,c']);
  inside.push(devices.stdout);
  return [...values, ...inside].join('\n');
}

const change = (name: string, python: string): Attack<SandboxArena> => ({
  name,
  run: async (arena) => {
    before = await state(arena);
    await arena.hold(python);
  },
  observed: async (arena) => (await state(arena)) !== before,
});
const write = (path: string) => change(`writing ${path}`, `open('${path}', 'w').write('1')`);

/** Changes of the machine, of the mounts, or of what the sandbox is made of. */
export const changes: AttackGroup<SandboxArena> = {
  name: 'mounts and kernel settings',
  harm: 'escape',
  control: change('writing a file in /tmp', `open('${canary}', 'w').write(str(time.time()))`),
  attacks: [
    ...watched.map(write),
    write('/run/deckhand/passwd'),
    write('/run/deckhand/epoch.999999'),
    write('/usr/local/lib/deckhand/helper'),
    write('/etc/hosts'),
    write('/usr/bin/git'),
    change('a tmpfs over /usr', "print(libc.mount(b'none', b'/usr', b'tmpfs', 0, None))"),
    change('a bind of / over /tmp', "print(libc.mount(b'/', b'/tmp', None, 4096, None))"),
    change('/proc once more', "print(libc.mount(b'proc', b'/workspace', b'proc', 0, None))"),
    change('the root writable again', "print(libc.mount(None, b'/', None, 32 | 4096, None))"),
    change('umount of the run folder', "print(libc.umount2(b'/run/deckhand', 2))"),
    change('move_mount', "print(libc.syscall(429, -100, b'/tmp', -100, b'/usr', 0))"),
    change('pivot_root', "print(libc.syscall(155, b'/tmp', b'/tmp'))"),
    change('chroot', "print(libc.chroot(b'/tmp'))"),
    change('a kernel module', 'print(libc.syscall(313, 0, b"", 0))'),
    change('the host name', "print(libc.sethostname(b'owned', 5))"),
    change('a swap file', "print(libc.swapon(b'/tmp/canary', 0))"),
    change(
      'a device node',
      "os.mknod('/workspace/null', 0o20666, os.makedev(1, 3))\nos.open('/workspace/null', os.O_RDWR)\nos.mknod('/tmp/disk', 0o60666, os.makedev(254, 0))",
    ),
  ],
};
