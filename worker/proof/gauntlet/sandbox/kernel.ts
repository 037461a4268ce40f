import { readFile } from 'node:fs/promises';
import type { Attack, AttackGroup } from '../attack.ts';
import { openFilesOf, type SandboxArena } from './arena.ts';

/** Does a process of the attacker have such a thing open? The runner's and the keepers' own are not counted. */
async function attackerHas(arena: SandboxArena, what: RegExp): Promise<boolean> {
  for (const pid of await arena.processes()) {
    if (await isHelper(pid)) continue;
    if ((await openFilesOf(pid)).some((file) => what.test(file))) return true;
  }
  return false;
}

async function isHelper(pid: number): Promise<boolean> {
  return (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).includes('deckhand/helper');
}

const descriptor = (name: string, what: RegExp, python: string): Attack<SandboxArena> => ({
  name,
  run: (arena) => arena.hold(python),
  observed: (arena) => attackerHas(arena, what),
});

const socket = (name: string, python: string) => descriptor(name, /^socket:/, python);
const family = (name: string, number: number, kind = 'SOCK_STREAM') =>
  socket(name, `held = socket.socket(${number}, socket.${kind})`);

/** A 32-bit `socketcall(SOCKET, {family, SOCK_STREAM, 0})`: goes round a filter that knows only 64-bit calls. */
const int80 = (number: number) => `
assert os.uname().machine == 'x86_64'
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t] + [ctypes.c_int] * 3 + [ctypes.c_long]
low = libc.mmap(None, 4096, 7, 0x62, -1, 0)
ctypes.memmove(low + 512, struct.pack('<III', ${number}, 1, 0), 12)
code = b'\\x53\\xb8\\x66\\0\\0\\0\\xbb\\x01\\0\\0\\0\\xb9' + struct.pack('<I', low + 512) + b'\\xcd\\x80\\x5b\\xc3'
ctypes.memmove(low, code, len(code))
print(ctypes.CFUNCTYPE(ctypes.c_int)(low)())`;

/** Kernel interfaces that no namespace fences in: seen by what the attacker has open. */
export const sockets: AttackGroup<SandboxArena> = {
  name: 'socket families',
  harm: 'escape',
  control: family('a plain TCP socket', 2),
  attacks: [
    family('vsock: the way to the machine below', 40),
    family('AF_ALG: the kernel as a crypto machine', 38, 'SOCK_SEQPACKET'),
    family('packet socket', 17, 'SOCK_RAW'),
    family('XDP socket', 44, 'SOCK_RAW'),
    family('CAN', 29, 'SOCK_RAW'),
    family('Bluetooth', 31, 'SOCK_RAW'),
    family('NFC', 39, 'SOCK_RAW'),
    family('TIPC', 30, 'SOCK_SEQPACKET'),
    family('RDS', 21, 'SOCK_SEQPACKET'),
    family('KCM', 41, 'SOCK_SEQPACKET'),
    family('SMC', 43),
    family('key management', 15, 'SOCK_RAW'),
    family('raw IPv4', 2, 'SOCK_RAW'),
    family('raw IPv6', 10, 'SOCK_RAW'),
    socket('vsock by int 0x80', int80(40)),
    socket('TCP by int 0x80', int80(2)),
    socket('vsock pair', 'held = socket.socketpair(40, socket.SOCK_STREAM)'),
  ],
};

const call = (number: number, ...args: (number | string)[]) =>
  `assert os.uname().machine == 'x86_64'\nblock = ctypes.create_string_buffer(256)\nheld = libc.syscall(${[number, ...args].join(', ')})`;

export const descriptors: AttackGroup<SandboxArena> = {
  name: 'kernel objects',
  harm: 'escape',
  control: descriptor('an eventfd', /^anon_inode:\[event/, 'held = libc.eventfd(0, 0)'),
  attacks: [
    descriptor('io_uring', /io_uring/, call(425, 8, 'block')),
    descriptor('bpf map', /bpf/, `${call(321, 0, 'struct.pack("<IIII", 2, 4, 8, 1) + bytes(56)', 72)}`),
    descriptor('userfaultfd', /userfaultfd/, call(323, 1)),
    descriptor('performance counters', /perf_event/, call(298, 'block', 0, -1, -1, 0)),
    descriptor('fanotify', /fanotify/, call(300, 0, 0)),
    descriptor('fsopen', /fscontext/, call(430, 'b"tmpfs"', 0)),
    descriptor('open_by_handle_at', /\/etc\/shadow/, call(304, -100, 'block', 0)),
    descriptor(
      'memory of the machine',
      /\/dev\/(mem|kmem|port|kmsg)/,
      "held = os.open('/dev/mem', os.O_RDWR)",
    ),
    descriptor(
      "the machine's disks",
      /\/dev\/(sd|vd|loop|dm|nvme)/,
      `held = os.open('/dev/loop0', os.O_RDWR)`,
    ),
    descriptor('the kernel log', /kmsg/, "held = os.open('/dev/kmsg', os.O_RDONLY)"),
    descriptor('kvm', /kvm/, "held = os.open('/dev/kvm', os.O_RDWR)"),
    descriptor('tun device', /net\/tun/, "held = os.open('/dev/net/tun', os.O_RDWR)"),
    descriptor('fuse', /\/dev\/fuse/, "held = os.open('/dev/fuse', os.O_RDWR)"),
  ],
};
