import { isIP } from 'node:net';

/** What a name server was asked (RFC 1035 §4). */
export interface Question {
  id: number;
  name: string;
  /** 1: A, 28: AAAA. */
  type: number;
  /** As it stood in the query, to be repeated. */
  bytes: Buffer;
}

export interface Resource {
  /** Left out: the name that was asked for. */
  owner?: string;
  /** An address, or a name for CNAME. */
  data: string;
}

const headerBytes = 12;
const responding = 0x8580;
const truncated = 0x0200;

/** Null for what is no plain question. */
export function readQuestion(message: Buffer): Question | null {
  if (message.length < headerBytes + 5 || message.readUInt16BE(4) === 0) return null;
  const labels: string[] = [];
  let at = headerBytes;
  for (let size = message[at++] ?? 0; size > 0; size = message[at++] ?? 0) {
    labels.push(message.toString('latin1', at, at + size));
    at += size;
  }
  if (at + 4 > message.length) return null;
  const bytes = message.subarray(headerBytes, at + 4);
  return { id: message.readUInt16BE(0), name: labels.join('.'), type: message.readUInt16BE(at), bytes };
}

/** An answer with these records. `cut`: says that there is more, for whoever asks by TCP. */
export function writeAnswer({ id, bytes }: Question, records: readonly Resource[], cut = false): Buffer {
  const header = Buffer.alloc(headerBytes);
  header.writeUInt16BE(id, 0);
  header.writeUInt16BE(responding | (cut ? truncated : 0), 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(cut ? 0 : records.length, 6);
  return Buffer.concat([header, bytes, ...(cut ? [] : records.map(writeRecord))]);
}

function writeRecord({ owner, data }: Resource): Buffer {
  const [type, content] = contentOf(data);
  const fixed = Buffer.alloc(10);
  fixed.writeUInt16BE(type, 0);
  fixed.writeUInt16BE(1, 2);
  fixed.writeUInt16BE(content.length, 8);
  const name = owner === undefined ? Buffer.from([0xc0, headerBytes]) : writeName(owner);
  return Buffer.concat([name, fixed, content]);
}

function contentOf(data: string): [number, Buffer] {
  if (isIP(data) === 4) return [1, Buffer.from(data.split('.').map(Number))];
  if (isIP(data) === 6) return [28, groupsOf(data)];
  return [5, writeName(data)];
}

/** Eight groups, all written out. */
function groupsOf(address: string): Buffer {
  return Buffer.from(
    address
      .split(':')
      .map((group) => group.padStart(4, '0'))
      .join(''),
    'hex',
  );
}

function writeName(name: string): Buffer {
  const labels = name
    .split('.')
    .map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)]));
  return Buffer.concat([...labels, Buffer.from([0])]);
}
