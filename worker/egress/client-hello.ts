/** What a TLS client says first, as far as letting it through unread depends on it (RFC 8446 §4.1.2, RFC 6066 §3). */
export interface ClientHello {
  serverName: string | null;
  /** It hides its real name (Encrypted Client Hello). */
  encrypted: boolean;
}

const handshake = 0x16;
const clientHello = 1;
const serverNameExtension = 0;
const encryptedExtension = 0xfe0d;
const recordsMax = 64 * 1024;

/** @returns null while bytes are missing, `invalid` for what is no such message */
export function readClientHello(bytes: Buffer): ClientHello | null | 'invalid' {
  const message = joinRecords(bytes);
  if (message === null || message === 'invalid') return message;
  try {
    return readMessage(new Cursor(message));
  } catch (error) {
    if (error instanceof RangeError) return 'invalid';
    throw error;
  }
}

/** The handshake message, which may lie in several records. */
function joinRecords(bytes: Buffer): Buffer | null | 'invalid' {
  let message = Buffer.alloc(0);
  let at = 0;
  while (at + 5 <= bytes.length) {
    const size = bytes.readUInt16BE(at + 3);
    if (bytes[at] !== handshake || size === 0 || at > recordsMax) return 'invalid';
    if (at + 5 + size > bytes.length) return null;
    message = Buffer.concat([message, bytes.subarray(at + 5, at + 5 + size)]);
    at += 5 + size;
    if (message.length < 4) continue;
    if (message[0] !== clientHello) return 'invalid';
    const whole = 4 + message.readUIntBE(1, 3);
    if (message.length >= whole) return message.subarray(4, whole);
  }
  return bytes.length > recordsMax ? 'invalid' : null;
}

function readMessage(from: Cursor): ClientHello {
  from.take(2 + 32);
  from.block(1);
  from.block(2);
  from.block(1);
  const found: ClientHello = { serverName: null, encrypted: false };
  if (from.done) return found;
  const extensions = new Cursor(from.block(2));
  while (!extensions.done) {
    const type = extensions.number(2);
    const content = extensions.block(2);
    if (type === encryptedExtension) found.encrypted = true;
    if (type !== serverNameExtension) continue;
    // Two would be two hosts for two readers.
    if (found.serverName !== null) throw new RangeError('more than one server name');
    found.serverName = readServerName(new Cursor(content));
  }
  return found;
}

function readServerName(list: Cursor): string {
  const names = new Cursor(list.block(2));
  if (names.number(1) !== 0) throw new RangeError('not a host name');
  const name = names.block(2).toString('latin1');
  if (!names.done || !list.done) throw new RangeError('more than one name');
  return name;
}

class Cursor {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.#at === this.#bytes.length;
  }

  take(length: number): Buffer {
    if (this.#at + length > this.#bytes.length) throw new RangeError('cut short');
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  number(size: number): number {
    return this.take(size).readUIntBE(0, size);
  }

  /** Bytes with their length, in `size` bytes, before them. */
  block(size: number): Buffer {
    return this.take(this.number(size));
  }
}
