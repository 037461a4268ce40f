import { connect, type Socket } from 'node:net';
import { canonicalHost } from '#core/policy/hosts.ts';
import { checkedAddresses } from './addresses.ts';
import { type ClientHello, readClientHello } from './client-hello.ts';
import type { Visit } from './head.ts';
import { join } from './join.ts';
import type { DoorParts } from './parts.ts';
import type { Ended, Ruling, Traffic } from './ports.ts';
import { Refused, refusalOf } from './refused.ts';
import { pinned } from './upstreams.ts';

/** A fatal TLS alert, `access_denied` (RFC 8446 §6): the one word that a client understands before any handshake. */
const accessDenied = Buffer.from([0x15, 3, 3, 0, 2, 2, 49]);
const helloMs = 20_000;
const connectMs = 10_000;

/**
 * Lets TLS through unread, if the name it asks for is the host that was allowed. No secret is ever put on here; what
 * the client says inside is between it and the server, also another host's name (domain fronting).
 */
export async function passThrough(
  socket: Socket,
  { host, port, visit }: { host: string; port: number; visit: Visit },
  ruling: Extract<Ruling, { allow: true }>,
  door: DoorParts,
): Promise<void> {
  const begun = performance.now();
  const traffic: Traffic = { status: null, sent: 0, received: 0 };
  const tell = (fault: Ended['fault']) =>
    door.witness.ended({
      request: { method: 'CONNECT', scheme: 'https', host, port, path: '' },
      ruling,
      secret: null,
      fault,
      traffic,
      ms: Math.round(performance.now() - begun),
    });
  try {
    const { bytes, hello } = await readHello(socket);
    if (hello.encrypted || hello.serverName === null || nameOf(hello.serverName) !== host) {
      throw new Refused(403, 'host_mismatch', 'the TLS server name is not the host of CONNECT');
    }
    const addresses = await checkedAddresses(host, ruling.opened, door.own(), door.lookup);
    if (socket.destroyed) return;
    const upstream = connect({
      host,
      port,
      lookup: pinned(addresses),
      autoSelectFamily: true,
      noDelay: true,
      timeout: connectMs,
    });
    upstream
      .once('connect', () => {
        visit.asked = true;
        upstream.setTimeout(0);
      })
      .once('timeout', () => upstream.destroy());
    upstream.once('close', () => {
      traffic.sent = upstream.bytesWritten;
      traffic.received = upstream.bytesRead;
      void tell(null);
    });
    upstream.write(bytes);
    join(socket, upstream, null);
  } catch (error) {
    const { status, code, message } = refusalOf(error);
    await tell({ refused: status < 500, code, reason: message });
    if (socket.writable) socket.end(accessDenied);
  }
}

async function readHello(socket: Socket): Promise<{ bytes: Buffer; hello: ClientHello }> {
  let bytes = Buffer.alloc(0);
  const late = setTimeout(() => socket.destroy(), helloMs);
  try {
    for await (const chunk of socket.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      bytes = Buffer.concat([bytes, chunk]);
      const hello = readClientHello(bytes);
      if (hello === 'invalid') break;
      if (hello) return { bytes, hello };
    }
  } finally {
    clearTimeout(late);
  }
  throw new Refused(400, 'request_invalid', 'what came is no TLS greeting');
}

function nameOf(text: string): string | null {
  try {
    return canonicalHost(text);
  } catch {
    return null;
  }
}
