import type { OutgoingHttpHeaders } from 'node:http';
import type { Duplex, Readable, Writable } from 'node:stream';
import type { Passage, RawHead } from './head.ts';

/** What HTTP/1.1 and HTTP/2 answers have in common. */
export type Reply = Pick<Writable, 'write' | 'end' | 'on' | 'once' | 'off'> & {
  readonly headersSent: boolean;
  writeHead(status: number, headers: OutgoingHttpHeaders): unknown;
  writeContinue(): unknown;
};

/** One request and the client that waits for its answer. */
export interface Caller {
  head: RawHead;
  passage: Passage;
  /** Null where the message has none. */
  body: Readable | null;
  expectsContinue: boolean;
  reply: Reply;
  /** The connection itself, where the client asks to go on in another protocol. */
  upgrade: { socket: Duplex; head: Buffer } | null;
  /** Breaks the answer off, so that it cannot be taken for a whole one. */
  abort(): void;
}
