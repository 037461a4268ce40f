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
 * are masked in the raw stream as in a body; at a frame's end nothing of it is held back.
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
  const endsIn = frameEnds();
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const parts: Uint8Array[] = [];
      let from = 0;
      for (const end of endsIn(chunk)) {
        parts.push(masked.push(chunk.subarray(from, end)), masked.flush());
        from = end;
      }
      parts.push(masked.push(chunk.subarray(from)));
      done(null, Buffer.concat(parts));
    },
    flush(done) {
      done(null, masked.flush());
    },
  });
}

/** Finds where frames end in a stream of them (RFC 6455 §5.2), counted from each piece's beginning. */
function frameEnds(): (piece: Uint8Array) => number[] {
  let head: number[] = [];
  let left = 0;
  return (piece) => {
    const ends: number[] = [];
    for (let at = 0; at < piece.length; ) {
      if (left > 0) {
        const here = Math.min(left, piece.length - at);
        left -= here;
        at += here;
        if (left === 0) ends.push(at);
        continue;
      }
      head.push(piece[at++] as number);
      const [, second = 0] = head;
      const extended = { 126: 2, 127: 8 }[second & 0x7f] ?? 0;
      const masked = (second & 0x80) === 0 ? 0 : 4;
      if (head.length < 2 + extended + masked) continue;
      const length = head.slice(2, 2 + extended).reduce((sum, byte) => sum * 256 + byte, 0);
      left = extended === 0 ? second & 0x7f : length;
      head = [];
      if (left === 0) ends.push(at);
    }
    return ends;
  };
}
