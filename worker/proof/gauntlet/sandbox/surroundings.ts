import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Attack, AttackGroup } from '../attack.ts';
import type { SandboxArena } from './arena.ts';

const run = promisify(execFile);

/** Listens on the host, by TCP, UDP, in the abstract space and in a file, for whoever gets out. */
interface Ear {
  port: number;
  abstract: string;
  file: string;
  /** Has anybody been here until now? Asked once. */
  heard(): Promise<boolean>;
  close(): Promise<void>;
}

async function listen(): Promise<Ear> {
  const name = `deckhand-ear-${randomBytes(6).toString('hex')}`;
  const file = join(tmpdir(), name);
  let heard = 0;
  const hear = () => {
    heard += 1;
  };
  const [everywhere, abstract, below] = [createServer(hear), createServer(hear), createServer(hear)];
  everywhere.listen(0, '::');
  abstract.listen(`\0${name}`);
  below.listen(file);
  const servers = [everywhere, abstract, below];
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const { port } = everywhere.address() as AddressInfo;
  const datagrams = createSocket('udp6').on('message', hear);
  datagrams.bind(port, '::');
  await once(datagrams, 'listening');
  return {
    port,
    abstract: name,
    file,
    heard: async () => {
      // Knocks of our own, by each way: what was sent before them has arrived when they have.
      const own = [connect(port, '127.0.0.1'), connect(`\0${name}`), connect(file)];
      await Promise.all([
        ...servers.map((server) => once(server, 'connection')),
        once(datagrams, 'message'),
        new Promise((sent) => datagrams.send('x', port, '::ffff:127.0.0.1', sent)),
      ]);
      for (const socket of own) socket.destroy();
      return heard > own.length + 1;
    },
    close: async () => {
      for (const server of servers) server.close();
      datagrams.close();
      await rm(file, { force: true });
    },
  };
}

let ear: Ear | null = null;

const attack = (
  name: string,
  python: (ear: Ear) => string,
  how: 'inside' | 'host' = 'inside',
): Attack<SandboxArena> => ({
  name,
  run: async (arena) => {
    ear = await listen();
    if (how === 'inside') return arena.hold(python(ear));
    await run('docker', [
      'run',
      '--rm',
      '--network',
      'host',
      arena.options.image,
      'python3',
      '-c',
      `import socket\n${python(ear)}`,
    ]);
  },
  observed: async () => {
    const heard = (await ear?.heard()) ?? false;
    await ear?.close();
    return heard;
  },
});

const addresses = () => [
  ...new Set([
    ...Object.values(networkInterfaces()).flatMap((all) =>
      (all ?? []).map(({ address }) => address.replace(/%.*/, '')),
    ),
    ...['127.0.0.1', '::1', '172.17.0.1', '0.0.0.0', '::ffff:127.0.0.1'],
  ]),
];
const each = (kind: string, act: (port: number) => string) => (ear: Ear) =>
  `for to in ${JSON.stringify(addresses())}:
  held = socket.socket(socket.AF_INET6 if ':' in to else socket.AF_INET, socket.${kind})
  held.settimeout(0.3)
  try: ${act(ear.port)}
  except OSError as error: print(to, error)`;
const toEach = each('SOCK_STREAM', (port) => `held.connect((to, ${port}))`);
const files = (path: string) =>
  `['${path}'] + [f'/proc/{p}/root${path}' for p in os.listdir('/proc') if p.isdigit()]`;
const knock = (paths: string, then = '') => `for path in ${paths}:
  held = socket.socket(socket.AF_UNIX)
  try:
    held.connect(path)
    ${then || 'held.send(b"x")'}
  except OSError as error: print(path, error)`;

/** Straight to what surrounds a sandbox, past its door. */
export const surroundings: AttackGroup<SandboxArena> = {
  name: 'the host around',
  harm: 'escape',
  control: attack("a container in the host's own network", toEach, 'host'),
  attacks: [
    attack('TCP to every address of the host', toEach),
    attack(
      'UDP to every address of the host',
      each('SOCK_DGRAM', (port) => `held.sendto(b'x', (to, ${port}))`),
    ),
    attack(
      'the host by its names',
      ({
        port,
      }) => `for to in ('host.docker.internal', 'gateway.docker.internal', 'host.containers.internal', '_gateway', 'localhost'):
  try: socket.create_connection((to, ${port}), 0.5)
  except OSError as error: print(to, error)`,
    ),
    attack(
      'everybody by broadcast and multicast',
      ({ port }) => `held = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
held.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
for to in ('255.255.255.255', '224.0.0.1', '172.17.255.255'):
  try: held.sendto(b'x', (to, ${port}))
  except OSError as error: print(to, error)`,
    ),
    attack("a socket in the host's abstract space", ({ abstract }) => knock(`['\\0${abstract}']`)),
    attack("a socket in the host's files", ({ file }) => knock(files(file))),
  ],
};

const owned = `deckhand-owned-${randomBytes(6).toString('hex')}`;
const create = (image: string) => {
  const body = JSON.stringify({ Image: image, Cmd: ['true'] });
  return `POST /containers/create?name=${owned} HTTP/1.0\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
};
const engine = (name: string, python: (request: string) => string): Attack<SandboxArena> => ({
  name,
  run: (arena) => arena.hold(python(`${JSON.stringify(create(arena.options.image))}.encode()`)),
  observed: engineHas,
});

async function engineHas(): Promise<boolean> {
  const { stdout } = await run('docker', ['ps', '--all', '--quiet', '--filter', `name=${owned}`]);
  if (stdout.trim() !== '') await run('docker', ['rm', '--force', ...stdout.trim().split('\n')]);
  return stdout.trim() !== '';
}

/** Who can speak to the engine owns the host. */
export const engines: AttackGroup<SandboxArena> = {
  name: 'the engine',
  harm: 'escape',
  control: {
    name: 'a container that the host makes',
    run: async ({ options }) =>
      void (await run('docker', ['create', '--name', owned, options.image, 'true'])),
    observed: engineHas,
  },
  attacks: [
    engine('by its usual sockets', (request) =>
      knock(
        `['/var/run/docker.sock', '/run/docker.sock', '/run/containerd/containerd.sock'] + [f'/proc/{p}/root/var/run/docker.sock' for p in os.listdir('/proc') if p.isdigit()]`,
        `held.sendall(${request})`,
      ),
    ),
    engine('by any socket that is found', (request) =>
      knock(
        `[os.path.join(at, name) for at, _, names in os.walk('/') for name in names if at[:5] not in ('/proc', '/sys/') and (lambda s: s is not None and (s.st_mode & 0o170000) == 0o140000)((lambda q: os.lstat(q) if os.path.lexists(q) else None)(os.path.join(at, name)))]`,
        `held.sendall(${request})`,
      ),
    ),
    engine(
      'by its ports',
      (request) => `for to in ${JSON.stringify(['127.0.0.1', '172.17.0.1', '::1'])}:
  for port in (2375, 2376):
    try: socket.create_connection((to, port), 0.3).sendall(${request})
    except OSError as error: print(to, error)`,
    ),
  ],
};

async function devices(pid: number): Promise<string> {
  const lines = (await readFile(`/proc/${pid}/net/dev`, 'utf8')).split('\n').slice(2);
  return lines
    .map((line) => line.split(':')[0]?.trim())
    .filter(Boolean)
    .sort()
    .join(' ');
}

const device = (name: string, python: string): Attack<SandboxArena> => ({
  name,
  run: (arena) => arena.hold(python),
  observed: async (arena) => (await devices(arena.init)) !== 'lo',
});
const netlink = (body: string) => `held = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
held.send(${body})
print(held.recv(4096))`;

/** A sandbox has loopback and nothing else. */
export const interfaces: AttackGroup<SandboxArena> = {
  name: 'interfaces',
  harm: 'escape',
  control: {
    name: 'the host has others',
    run: async () => {},
    observed: async () => (await devices(process.pid)) !== 'lo',
  },
  attacks: [
    device('none is there', 'pass'),
    device(
      'a dummy by netlink',
      netlink(
        `struct.pack('=IHHIIBBHiII', 52, 16, 0x605, 1, 0, 0, 0, 0, 0, 0, 0) + struct.pack('=HHHH', 20, 18, 10, 1) + b'dummy\\0\\0\\0' + bytes(4)`,
      ),
    ),
    device(
      'in a network namespace of its own',
      'print(libc.unshare(0x50000000))\nprint(libc.unshare(0x40000000))',
    ),
    device(
      'a tun device',
      "os.mknod('/tmp/tun', 0o20666, os.makedev(10, 200))\nheld = os.open('/tmp/tun', os.O_RDWR)\nimport fcntl\nfcntl.ioctl(held, 0x400454ca, b'own0' + bytes(12) + struct.pack('H', 1) + bytes(22))",
    ),
  ],
};
