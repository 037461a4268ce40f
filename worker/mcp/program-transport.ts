import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { type JSONRPCMessage, JSONRPCMessageSchema } from '@modelcontextprotocol/sdk/types.js';
import type { Program } from '#worker/sandbox/port.ts';
import { ServerFault } from './server-fault.ts';

/** What one message of a program may hold, in bytes. */
export const maxMessageBytes = 8 * 1024 * 1024;

/** Said where a message was longer. */
export const messageTooLong = `it answered more than ${maxMessageBytes / 1024 / 1024} MiB, which was broken off`;

/** MCP over a program's standard streams: a message a line (specification 2025-06-18, "stdio"). */
export class ProgramTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage) => void;
  readonly #program: Program;
  readonly #onFault: (error: Error) => void;
  #line: Buffer[] = [];
  #length = 0;

  /** @param onFault told of what ends the connection from this side */
  constructor(program: Program, onFault: (error: Error) => void) {
    this.#program = program;
    this.#onFault = onFault;
  }

  async start(): Promise<void> {
    const { stream } = this.#program;
    stream.on('data', (chunk: Buffer) => this.#take(chunk));
    stream.on('error', (error: Error) => this.onerror?.(error));
    stream.once('end', () => stream.destroy());
    stream.once('close', () => this.onclose?.());
  }

  send(message: JSONRPCMessage): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#program.stream.write(`${JSON.stringify(message)}\n`, (error) =>
        error ? reject(error) : resolve(),
      );
    });
  }

  async close(): Promise<void> {
    this.#program.stream.destroy();
  }

  #take(chunk: Buffer): void {
    let rest = chunk;
    for (let end = rest.indexOf(10); end !== -1; end = rest.indexOf(10)) {
      if (!this.#hold(rest.subarray(0, end))) return;
      const line = Buffer.concat(this.#line).toString('utf8');
      this.#line = [];
      this.#length = 0;
      if (line.trim() !== '') this.#read(line);
      rest = rest.subarray(end + 1);
    }
    this.#hold(rest);
  }

  /** False when the message has become too long, which ends it all. */
  #hold(part: Buffer): boolean {
    this.#length += part.length;
    this.#line.push(part);
    if (this.#length <= maxMessageBytes) return true;
    this.#line = [];
    this.#onFault(new ServerFault(messageTooLong, true));
    this.#program.stream.destroy();
    return false;
  }

  /** Servers that print something else between their messages are forgiven. */
  #read(line: string): void {
    let message: JSONRPCMessage;
    try {
      message = JSONRPCMessageSchema.parse(JSON.parse(line));
    } catch {
      this.onerror?.(new Error(`it said what is no message: ${line.slice(0, 200)}`));
      return;
    }
    this.onmessage?.(message);
  }
}
