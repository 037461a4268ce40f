import { brotliDecompressSync, constants, inflateRawSync, inflateSync } from 'node:zlib';

/**
 * Can whoever holds this text (Latin-1) get the value out of it by undoing common encodings, once or twice over? Written
 * anew, apart from what masks: an observer that shared its code would share its blind spots.
 */
export function holds(text: string, value: string, depth = 2): boolean {
  if (text.toLowerCase().includes(value.toLowerCase())) return true;
  if (depth === 0) return false;
  return readingsOf(text).some((reading) => reading !== text && holds(reading, value, depth - 1));
}

function readingsOf(text: string): string[] {
  const code = (hex: string) => String.fromCharCode(Number.parseInt(hex, 16));
  return [
    text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => code(hex)),
    text
      .replace(/\\u00([0-9a-f]{2})/gi, (_, hex: string) => code(hex))
      .replace(/\\x([0-9a-f]{2})/gi, (_, hex: string) => code(hex)),
    text.replace(/\\(.)/g, '$1'),
    text
      .replace(/&#x([0-9a-f]+);/gi, (_, hex: string) => code(hex))
      .replace(/&#(\d+);/g, (_, digits: string) => String.fromCharCode(Number(digits))),
    ...Array.from(text.matchAll(/(?:[0-9a-f]{2}){12,}/gi), ([run]) =>
      Buffer.from(run, 'hex').toString('latin1'),
    ),
    ...Array.from(text.matchAll(/[a-z0-9+/_-]{16,}/gi), ([run]) =>
      [0, 1, 2, 3].map((skip) => Buffer.from(run.slice(skip), 'base64').toString('latin1')),
    ).flat(),
    ...unpacked(text),
  ];
}

/** Compressed parts, wherever a line ends: a body may begin there, or a chunk of one. */
function unpacked(text: string): string[] {
  const data = Buffer.from(text, 'latin1');
  const bodies = Array.from(text.matchAll(/\n/g), ({ index }) => data.subarray(index + 1));
  return bodies.flatMap((body) =>
    [gunzip, inflateSync, brotliDecompressSync].flatMap((unpack) => {
      try {
        // What follows the packed part is not its concern.
        return unpack(body, { finishFlush: constants.Z_SYNC_FLUSH }).toString('latin1');
      } catch {
        return [];
      }
    }),
  );
}

/** Node's own takes what follows for a second part. The header has ten bytes where nothing else is named (RFC 1952 §2.3). */
function gunzip(body: Buffer, options: { finishFlush: number }): Buffer {
  if (body.readUInt16BE(0) !== 0x1f8b) throw new RangeError('no gzip');
  return inflateRawSync(body.subarray(10), options);
}
