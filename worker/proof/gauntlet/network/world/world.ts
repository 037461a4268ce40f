import { type ChildProcess, execFile, fork, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { lastFirst, type Releases } from '#core/testing/last-first.ts';
import { until } from '#core/testing/until.ts';
import { markAddress, type Seen } from './seen.ts';
import type { ServersSetting } from './servers.ts';

/** The one address of the network that an interface shows: what egress takes for its own machine's. */
export const ownAddress = '10.99.0.1';

/** What floods leave to be captured takes as long as the machine takes. */
const captureMs = 300_000;

/**
 * A network that consists of nothing but servers of the attacker and a capture: every address of it, v4 and v6, answers.
 * Egress lives in it, so that whatever it lets out, wherever to, is seen here, and nothing of it ever leaves.
 */
export interface World {
  /** Runs a program in the network: what to put before its command line. */
  enter: readonly string[];
  /** What was seen since `forget`, all that happened before this call included. */
  seen(): Promise<readonly Seen[]>;
  forget(): void;
  /** A line each of what went wrong in the world itself. */
  faults: string[];
}

/** Brings the world up beside a database of the host's, which egress reaches in it under the same address. */
export async function openWorld(t: Releases, image: string, databaseUrl: string): Promise<World> {
  const releases = lastFirst(t);
  const seen: Seen[] = [];
  const faults: string[] = [];
  const pid = await openNetwork(releases, image, (packet) => seen.push(packet), faults);
  const enter = ['nsenter', `--net=/proc/${pid}/ns/net`, '--'];
  const folder = mkdtempSync(join(tmpdir(), 'deckhand-world-'));
  releases.after(async () => rmSync(folder, { recursive: true, force: true }));
  const databaseSocket = join(folder, 'database');
  const databasePort = Number(new URL(databaseUrl).port);
  await openWayBack(releases, databaseSocket, databaseUrl);
  const servers = await startServers(releases, enter, { databasePort, databaseSocket }, (one) =>
    seen.push(one),
  );
  let mark = 1_024;
  let marked = 0;
  servers.on('message', (message: { marked?: number }) => {
    marked = message.marked ?? marked;
  });
  return {
    enter,
    faults,
    forget: () => void seen.splice(0),
    seen: async () => {
      mark = mark === 65_535 ? 1_024 : mark + 1;
      const port = mark;
      servers.send({ mark: port });
      const isMark = (one: Seen) => one.kind === 'packet' && one.to === markAddress;
      await until(
        async () =>
          marked === port && seen.find((one) => isMark(one) && one.kind === 'packet' && one.port === port)
            ? true
            : null,
        'the end of the capture so far',
        captureMs,
      );
      return seen.filter((one) => !isMark(one) && !isDatabase(one, databasePort));
    },
  };
}

function isDatabase(one: Seen, port: number): boolean {
  return one.kind === 'packet' && one.to === '127.0.0.1' && one.port === port;
}

/** The capture, in a container without a network: its process id on the host. Ends with us, whatever ends us. */
async function openNetwork(
  releases: Releases,
  image: string,
  onPacket: (packet: Seen) => void,
  faults: string[],
): Promise<number> {
  const name = `deckhand-world-${randomBytes(5).toString('hex')}`;
  const program = readFileSync(join(import.meta.dirname, 'wire.py'), 'utf8');
  const rights = [
    '--cap-add',
    'NET_ADMIN',
    '--cap-add',
    'NET_RAW',
    '--sysctl',
    'net.ipv6.conf.all.disable_ipv6=0',
  ];
  const wire = spawn('docker', [
    ...['run', '--rm', '--interactive', '--name', name, '--network', 'none', ...rights],
    ...[image, 'python3', '-c', program, ownAddress],
  ]);
  releases.after(async () => {
    wire.stdin.end();
    if (wire.exitCode === null) await once(wire, 'exit');
  });
  wire.stderr.setEncoding('utf8').on('data', (text: string) => faults.push(`capture: ${text}`));
  const begun = Promise.withResolvers<void>();
  wire.once('exit', (code) => begun.reject(new Error(`the capture ended with ${code}: ${faults.join('')}`)));
  createInterface(wire.stdout).on('line', (line) => {
    const packet = JSON.parse(line) as Omit<Extract<Seen, { kind: 'packet' }>, 'kind'>;
    if (packet.protocol === undefined) begun.resolve();
    else onPacket({ kind: 'packet', ...packet });
  });
  await begun.promise;
  const { stdout } = await promisify(execFile)('docker', ['inspect', '--format', '{{.State.Pid}}', name]);
  return Number(stdout);
}

/** A socket on the host that leads to its database; files are the same in every network. */
async function openWayBack(releases: Releases, path: string, databaseUrl: string): Promise<void> {
  const { hostname, port } = new URL(databaseUrl);
  const server = createServer((socket) => {
    const onward = connect(Number(port), hostname);
    socket.on('error', () => onward.destroy()).on('close', () => onward.destroy());
    onward.on('error', () => socket.destroy()).on('close', () => socket.destroy());
    socket.pipe(onward).pipe(socket);
  });
  server.listen(path);
  await once(server, 'listening');
  releases.after(async () => void server.close());
}

async function startServers(
  releases: Releases,
  [file = '', ...args]: readonly string[],
  setting: ServersSetting,
  onSeen: (seen: Seen) => void,
): Promise<ChildProcess> {
  const servers = fork(join(import.meta.dirname, 'servers.ts'), [JSON.stringify(setting)], {
    execPath: file,
    execArgv: [...args, process.execPath],
  });
  releases.after(async () => {
    if (servers.exitCode === null && servers.kill()) await once(servers, 'exit');
  });
  const ready = Promise.withResolvers<void>();
  servers.once('exit', (code) => ready.reject(new Error(`the world's servers ended with ${code}`)));
  servers.on('message', (message: Seen | { ready: true } | { marked: number }) => {
    if ('kind' in message) onSeen(message);
    else if ('ready' in message) ready.resolve();
  });
  await ready.promise;
  return servers;
}
