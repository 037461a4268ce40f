import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { commandOf } from '#core/machine/process-identity.ts';

/** A loopback port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** The error code that listening there ends with now (`EADDRINUSE`, …), or null when the port is free. */
export async function whyNotFree(host: string, port: number): Promise<string | null> {
  const server = createServer();
  const why = await new Promise<string | null>((settle) => {
    server.once('error', (error: NodeJS.ErrnoException) => settle(error.code ?? error.message));
    server.listen(port, host, () => settle(null));
  });
  await new Promise((done) => server.close(done));
  return why;
}

/** Who listens on a TCP port, as far as this user may see it (Linux only). */
export function listenerOf(port: number): { pid: number; command: string } | null {
  try {
    const inodes = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) => listeningInodes(file, port));
    return inodes.length > 0 ? ownerOf(new Set(inodes.map((inode) => `socket:[${inode}]`))) : null;
  } catch {
    return null;
  }
}

/** proc(5): `sl local_address rem_address st … inode`, state 0A is LISTEN. */
function listeningInodes(file: string, port: number): string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return readFileSync(file, 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[1]?.endsWith(suffix) && fields[3] === '0A')
    .map((fields) => fields[9] ?? '');
}

function ownerOf(sockets: Set<string>): { pid: number; command: string } | null {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      for (const fd of readdirSync(`/proc/${pid}/fd`)) {
        if (!sockets.has(readlinkSync(`/proc/${pid}/fd/${fd}`))) continue;
        return { pid: Number(pid), command: commandOf(Number(pid)) ?? '?' };
      }
    } catch {
      // Gone meanwhile, or not ours to look at.
    }
  }
  return null;
}
