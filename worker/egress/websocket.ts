import { type OutgoingHttpHeaders, STATUS_CODES } from 'node:http';
import { type Duplex, Transform } from 'node:stream';
import type { RedactedStream } from '#core/secrets/redact/redaction.ts';
import { join } from './join.ts';

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
  join(near.socket, far.socket, far.masked ? masking(far.masked) : null);
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
