/**
 * Frames between worker and runner: type (one ASCII letter), id (u32 LE), length (u32 LE), payload.
 * Source: `sandbox-images/helper/bytes.c`. Whatever arrives was written by a process of the agent's uid.
 */
export interface Frame {
  type: string;
  id: number;
  payload: Buffer;
}

export const MAX_FRAME_BYTES = 1 << 20;
const HEADER_BYTES = 9;

export function encodeFrame(type: string, id: number, payload: Uint8Array): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.write(type, 'latin1');
  header.writeUInt32LE(id, 1);
  header.writeUInt32LE(payload.byteLength, 5);
  return Buffer.concat([header, payload]);
}

/** A request's fields, a zero byte after each. */
export function encodeFields(...fields: (string | number)[]): Buffer {
  return Buffer.from(fields.map((field) => `${field}\0`).join(''));
}

/** Cuts a stream of bytes into frames; holds at most one frame and one chunk. @throws {RangeError} on a frame too long */
export class FrameReader {
  #held: Buffer = Buffer.alloc(0);

  *push(chunk: Buffer): Generator<Frame> {
    let rest = this.#held.length ? Buffer.concat([this.#held, chunk]) : chunk;
    while (rest.length >= HEADER_BYTES) {
      const length = rest.readUInt32LE(5);
      if (length > MAX_FRAME_BYTES) throw new RangeError(`a frame of ${length} bytes`);
      const end = HEADER_BYTES + length;
      if (rest.length < end) break;
      yield {
        type: String.fromCharCode(rest[0] ?? 0),
        id: rest.readUInt32LE(1),
        payload: rest.subarray(HEADER_BYTES, end),
      };
      rest = rest.subarray(end);
    }
    this.#held = rest;
  }
}
