import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { doorSocketName } from '#core/doors/place.ts';
import { parseRange } from '#core/policy/ranges.ts';
import { type Authority, openAuthority } from '../authority/authority.ts';
import { Door, type DoorOptions } from '../door.ts';
import type { Ended, Knock, Ruling } from '../ports.ts';
import { upstreamTrust } from '../upstreams.ts';

/** Lets everything through, also to this machine. */
export const allowed: Ruling = {
  allow: true,
  opened: [parseRange('127.0.0.0/8')],
};

export interface DoorForTests {
  door: Door;
  folder: string;
  authority: Authority;
  /** What was decided on, in order. */
  knocks: Knock[];
  /** What was told of requests that have ended. */
  ended: Ended[];
  /** Every name that was looked up; each is at 127.0.0.1. */
  lookups: string[];
  /** Decides from here on. */
  rule(decide: (knock: Knock) => Ruling | Promise<Ruling>): void;
  /** A connection as the forwarder makes it. */
  knock(): Promise<Socket>;
  /** Sends bytes and gives back all that comes until the door closes. */
  say(bytes: string): Promise<string>;
  /** TLS inside CONNECT; trusts the sandbox's authority only. */
  tls(authority: string, more?: { servername?: string; ALPNProtocols?: string[] }): Promise<TLSSocket>;
  close(): Promise<void>;
}

/** A door in this process, in a folder of its own. `roots`: whom upstream servers may be certified by. */
export async function doorForTests(roots: string[], more: Partial<DoorOptions> = {}): Promise<DoorForTests> {
  // A given folder is its giver's to remove.
  const home = more.folder ? null : await mkdtemp(join(tmpdir(), 'deckhand-door-'));
  const folder = more.folder ?? join(home ?? '', 'door');
  await mkdir(folder, { recursive: true });
  const knocks: Knock[] = [];
  const lookups: string[] = [];
  const ended: Ended[] = [];
  let decide: (knock: Knock) => Ruling | Promise<Ruling> = () => allowed;
  const authority = more.authority ?? openAuthority(randomBytes(32), 'ses_test');
  const door = await Door.open({
    folder,
    socketUid: process.getuid?.() ?? 0,
    authority,
    rulings: {
      decide: async (knock) => {
        knocks.push(knock);
        return decide(knock);
      },
      passThrough: async () => null,
    },
    lookup: async (host) => {
      lookups.push(host);
      return ['127.0.0.1'];
    },
    witness: { ended: async (what) => void ended.push(what) },
    own: () => [],
    trust: upstreamTrust(roots),
    connectionsMax: 1024,
    requestsMax: 256,
    ...more,
  });
  const knock = async () => {
    const socket = connect(join(folder, doorSocketName));
    await once(socket, 'connect');
    return socket;
  };
  return {
    door,
    folder,
    authority,
    knocks,
    ended,
    lookups,
    rule: (next) => {
      decide = next;
    },
    knock,
    say: async (bytes) => {
      const socket = await knock();
      socket.write(bytes);
      return text(socket);
    },
    tls: async (to, options = {}) => {
      const socket = await knock();
      socket.write(`CONNECT ${to} HTTP/1.1\r\nHost: ${to}\r\n\r\n`);
      await once(socket, 'readable');
      socket.read();
      const host = to.replace(/:\d+$/, '');
      const secure = connectTls({ socket, ca: authority.pem, servername: host, ...options });
      await once(secure, 'secureConnect');
      return secure;
    },
    close: async () => {
      await door.close();
      if (home) await rm(home, { recursive: true });
    },
  };
}
