import { PassThrough, Readable } from 'node:stream';
import { maxFingerprintedBody } from '#core/policy/request.ts';

/** A request's body, whose beginning may be looked at before it is sent on. */
export class Body {
  readonly #stream: Readable;
  readonly #onFirstRead: () => void;
  #chunks: Buffer[] = [];
  #rest: AsyncIterator<Buffer> | null = null;
  #taken = 0;

  /** `onFirstRead` is called once before anything is read: who waits for "100 Continue" sends nothing until then. */
  constructor(stream: Readable, onFirstRead: () => void) {
    this.#stream = stream;
    this.#onFirstRead = onFirstRead;
  }

  /** Bytes that were read for whoever the body goes to. */
  get taken(): number {
    return this.#taken;
  }

  /** At most the first chunk over 64 KiB; all of a shorter body. */
  async start(): Promise<Uint8Array> {
    this.#rest ??= this.#open();
    let length = this.#chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    while (length <= maxFingerprintedBody) {
      const next = await this.#rest.next();
      if (next.done) break;
      this.#chunks.push(next.value);
      length += next.value.length;
    }
    return Buffer.concat(this.#chunks).subarray(0, maxFingerprintedBody + 1);
  }

  /** The body from its beginning, for one reader. */
  whole(): Readable {
    const rest = this.#rest;
    if (rest === null) {
      this.#onFirstRead();
      // Not the stream itself: who gives up on sending it destroys it, and the refusal could no longer be told.
      this.#stream.on('data', (chunk: Buffer) => {
        this.#taken += chunk.length;
      });
      return this.#stream.pipe(new PassThrough());
    }
    const seen = this.#chunks;
    this.#chunks = [];
    const count = (chunk: Buffer): Buffer => {
      this.#taken += chunk.length;
      return chunk;
    };
    const everything = async function* () {
      for (const chunk of seen) yield count(chunk);
      for (let next = await rest.next(); !next.done; next = await rest.next()) yield count(next.value);
    };
    return Readable.from(everything(), { objectMode: false });
  }

  /** Reads what still comes and drops it, until its end or for `lingerMs`; resolves at once where nothing will come. */
  async discard(lingerMs: number): Promise<void> {
    await this.#rest?.return?.();
    const stream = this.#stream;
    if (stream.readableEnded || stream.destroyed) return;
    // Who gave up on sending it still holds it, and would pause it when letting go.
    stream.unpipe();
    const { promise, resolve } = Promise.withResolvers<void>();
    const late = setTimeout(resolve, lingerMs);
    stream.once('end', resolve).once('close', resolve).resume();
    await promise;
    clearTimeout(late);
  }

  #open(): AsyncIterator<Buffer> {
    this.#onFirstRead();
    return this.#stream.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer>;
  }
}
