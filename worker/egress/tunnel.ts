import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { canonicalAuthority } from '#core/policy/request.ts';
import type { Visit } from './head.ts';
import type { DoorParts } from './parts.ts';
import { passThrough } from './passthrough.ts';
import { Refused, refusalOf, refuseSocket } from './refused.ts';
import type { Share } from './share.ts';

const tlsHandshake = 0x16;
const firstByteMs = 60_000;
const handshakeMs = 20_000;

/** What CONNECT says: its target, and the claim that it speaks for, if it is a worker. */
export interface Opening {
  authority: string;
  claim: number | null;
  visit: Visit;
}

/** CONNECT is always accepted, since clients hide what a refusal of it says; what comes inside is decided. */
export async function openTunnel(
  socket: Socket,
  head: Buffer,
  { authority, claim, visit }: Opening,
  door: DoorParts,
): Promise<void> {
  let target: { host: string; port: number };
  try {
    if (!/:\d+$/.test(authority))
      throw new Refused(400, 'request_invalid', 'CONNECT needs a host and a port.');
    target = canonicalAuthority(authority, 'https');
  } catch (error) {
    refuseSocket(socket, refusalOf(error));
    return;
  }
  if (claim === null && !door.share.free && !(await heard(socket, door.share))) {
    socket.destroy();
    return;
  }
  socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
  const first = head.length > 0 ? head : await firstBytes(socket);
  if (first === null) {
    socket.destroy();
    return;
  }
  socket.unshift(first);
  if (first[0] !== tlsHandshake) {
    door.serve(socket, { kind: 'tunnel', scheme: 'http', ...target, serverName: null, claim, visit });
    return;
  }
  // A worker is asked at every request whether its claim stands, and so is read.
  const unread = claim === null ? await door.rulings.passThrough(target).catch(() => null) : null;
  if (socket.destroyed) return;
  if (unread) await passThrough(socket, { ...target, visit }, unread, door);
  else intercept(socket, { ...target, claim, visit }, door);
}

/** A greeting costs more than a request: who owes the door too much waits before it. False: the client went away. */
async function heard(socket: Socket, share: Share): Promise<boolean> {
  const gone = new AbortController();
  const leave = () => gone.abort();
  socket.once('close', leave);
  if (socket.destroyed) leave();
  const entered = await share.enter(gone.signal);
  socket.off('close', leave);
  return entered;
}

/** What the client says first; null if it says nothing: protocols in which the server begins do not pass. */
function firstBytes(socket: Socket): Promise<Buffer | null> {
  return new Promise((resolve) => {
    const done = (bytes: Buffer | null) => {
      clearTimeout(late);
      socket.off('readable', onReadable).off('close', onClose);
      resolve(bytes);
    };
    const onReadable = () => {
      const bytes: Buffer | null = socket.read();
      if (bytes !== null || socket.readableEnded) done(bytes);
    };
    const onClose = () => done(null);
    const late = setTimeout(onClose, firstByteMs);
    socket.on('readable', onReadable).once('close', onClose);
  });
}

function intercept(
  socket: Socket,
  target: { host: string; port: number; claim: number | null; visit: Visit },
  door: DoorParts,
): void {
  const secure = new TLSSocket(socket, {
    isServer: true,
    secureContext: door.authority.contextFor(target.host),
    // HTTP/2 only for those who speak nothing else: HTTP/1.1 is relayed without being translated.
    ALPNCallback: ({ protocols }) => ['http/1.1', 'h2'].find((known) => protocols.includes(known)),
  });
  const late = setTimeout(() => secure.destroy(), handshakeMs);
  secure.once('close', () => clearTimeout(late));
  secure.once('error', () => secure.destroy());
  secure.once('secure', () => {
    clearTimeout(late);
    // Node names it only once the handshake is over; empty or false where the client named none.
    const named: unknown = Reflect.get(secure, 'servername');
    const serverName = typeof named === 'string' && named !== '' ? named : null;
    const passage = { kind: 'tunnel', scheme: 'https', ...target, serverName } as const;
    if (secure.alpnProtocol !== 'h2') {
      door.serve(secure, passage);
      return;
    }
    door.serveHttp2(secure, passage);
    // A TLS socket that no server made never says so, and HTTP/2 waits for it.
    secure.emit('secureConnect');
  });
}
