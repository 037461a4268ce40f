import { type OutgoingHttpHeaders, STATUS_CODES } from 'node:http';
import { type Duplex, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { RedactedStream } from '#core/secrets/redact/redaction.ts';

interface FarSide {
  socket: Duplex;
  headers: OutgoingHttpHeaders;
  masked: RedactedStream | undefined;
}

/**
 * Joins both ends of an allowed WebSocket. Servers send unmasked frames, and masks keep their length, so that secrets
 * are masked in the raw stream as in a body.
 */
export function joinWebSocket(near: { socket: Duplex; head: Buffer }, far: FarSide): void {
  const lines = Object.entries(far.headers)
    .filter(([name]) => name !== 'sec-websocket-extensions')
    .flatMap(([name, value]) => [value ?? []].flat().map((one) => `${name}: ${one}\r\n`));
  near.socket.write(
    `HTTP/1.1 101 ${STATUS_CODES[101]}\r\nconnection: Upgrade\r\nupgrade: websocket\r\n${lines.join('')}\r\n`,
  );
  if (near.head.length > 0) far.socket.write(near.head);
  // What breaks on either side ends both; there is nobody left to tell.
  const down = far.masked
    ? pipeline(far.socket, masking(far.masked), near.socket)
    : pipeline(far.socket, near.socket);
  const up = pipeline(near.socket, far.socket);
  Promise.all([down, up]).catch(() => {
    near.socket.destroy();
    far.socket.destroy();
  });
}

function masking(masked: RedactedStream): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      done(null, masked.push(chunk));
    },
    flush(done) {
      done(null, masked.flush());
    },
  });
}
