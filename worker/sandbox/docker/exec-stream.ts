const HEADER_BYTES = 8;

/**
 * Takes an exec's multiplexed stream apart (Engine API, "Stream format": stream number, three zero bytes, u32 BE length)
 * without ever holding more than the header that a chunk cut in two.
 */
export class ExecStream {
  #header = Buffer.alloc(0);
  #left = 0;
  #stream = 0;

  *push(chunk: Buffer): Generator<{ stream: 'stdout' | 'stderr'; data: Buffer }> {
    let at = 0;
    while (at < chunk.length) {
      if (this.#left === 0) {
        const part = chunk.subarray(at, at + HEADER_BYTES - this.#header.length);
        this.#header = Buffer.concat([this.#header, part]);
        at += part.length;
        if (this.#header.length < HEADER_BYTES) return;
        this.#stream = this.#header[0] ?? 0;
        this.#left = this.#header.readUInt32BE(4);
        this.#header = Buffer.alloc(0);
        continue;
      }
      const data = chunk.subarray(at, at + this.#left);
      at += data.length;
      this.#left -= data.length;
      yield { stream: this.#stream === 2 ? 'stderr' : 'stdout', data };
    }
  }
}
