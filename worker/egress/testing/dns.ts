import { createSocket } from 'node:dgram';
import { once } from 'node:events';

/** A name server on a free port of 127.0.0.1. `answer` gives a name's address and its life in seconds; null: no such name. */
export async function dnsServer(answer: (name: string) => { address: string; ttl: number } | null) {
  const asked: string[] = [];
  const socket = createSocket('udp4');
  socket.on('message', (query, { port, address }) => {
    const { name, end } = questionOf(query);
    const isV4 = query.readUInt16BE(end - 4) === 1;
    if (isV4) asked.push(name);
    const found = answer(name);
    socket.send(replyTo(query, end, found, isV4), port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return {
    at: `127.0.0.1:${socket.address().port}`,
    /** Names that were asked for, in order. */
    asked,
    close: () => new Promise<void>((resolve) => socket.close(resolve)),
  };
}

/** RFC 1035 §4.1: a header of 12 bytes, then labels with their lengths, a zero, type and class. */
function questionOf(query: Buffer): { name: string; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.'), end: at + 5 };
}

function replyTo(query: Buffer, end: number, found: { address: string; ttl: number } | null, isV4: boolean) {
  const head = Buffer.from(query.subarray(0, end));
  head.writeUInt16BE(found ? 0x8180 : 0x8183, 2);
  const answers = found && isV4 ? 1 : 0;
  head.writeUInt16BE(answers, 6);
  head.writeUInt16BE(0, 8);
  head.writeUInt16BE(0, 10);
  if (!found || answers === 0) return head;
  const record = Buffer.from([
    0xc0,
    12,
    0,
    1,
    0,
    1,
    0,
    0,
    0,
    0,
    0,
    4,
    ...found.address.split('.').map(Number),
  ]);
  record.writeUInt32BE(found.ttl, 6);
  return Buffer.concat([head, record]);
}
