import { byteOf, lengthOf, noUnit, readUnit } from './escapes.ts';

/** One way a secret may be written without escapes; each of its bytes may in turn be escaped. */
export interface Needle {
  readonly bytes: Uint8Array;
  /** Letter case does not count: hex. The bytes are lower case then. */
  readonly anyCase: boolean;
}

/** Reports every occurrence of any needle in the data, overlapping ones too. */
export type FindEach = (data: Uint8Array, found: (start: number, end: number) => void) => void;

/** Where a match ends; or none. */
export type Match = number | undefined;

/**
 * The value itself, in hex, and in base64 at each of its three alignments, standard and URL-safe. Of base64 only the
 * characters that the value alone decides: a neighbour keeps at most four bits of its first and last character.
 */
export function needlesOf(value: string): Needle[] {
  const bytes = Buffer.from(value, 'utf8');
  const aligned = [0, 1, 2].map((shift) => base64Core(bytes, shift));
  const urlSafe = aligned.map((text) => text.replaceAll('+', '-').replaceAll('/', '_'));
  return [
    { bytes, anyCase: false },
    { bytes: Buffer.from(bytes.toString('hex'), 'latin1'), anyCase: true },
    ...[...new Set([...aligned, ...urlSafe])].map((text) => ({
      bytes: Buffer.from(text, 'latin1'),
      anyCase: false,
    })),
  ];
}

/** Does this byte stand for that of the needle? */
export function sameByte(needle: Needle, place: number, byte: number): boolean {
  const folded = needle.anyCase && byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
  return needle.bytes[place] === folded;
}

/** Matches the needle from its byte `place` on at `at`, each byte plain or escaped. */
export function matchFrom(needle: Needle, place: number, data: Uint8Array, at: number, end: number): Match {
  let position = at;
  for (let next = place; next < needle.bytes.length; next++) {
    if (position >= end) return undefined;
    const plain = sameByte(needle, next, data[position] as number);
    const unit = readUnit(data, position, end);
    if (unit === noUnit) {
      if (!plain) return undefined;
      position++;
    } else if (plain) return matchBothWays(needle, next, data, position, end);
    else if (sameByte(needle, next, byteOf(unit))) position += lengthOf(unit);
    else return undefined;
  }
  return position;
}

/** For a needle with a `%` of its own, which may stand for itself or begin an escape: follows both readings. */
function matchBothWays(needle: Needle, place: number, data: Uint8Array, at: number, end: number): Match {
  let frontier = [at];
  for (let next = place; next < needle.bytes.length; next++) {
    const reached: number[] = [];
    for (const position of frontier) {
      if (position >= end) continue;
      if (sameByte(needle, next, data[position] as number)) add(reached, position + 1);
      const unit = readUnit(data, position, end);
      if (unit !== noUnit && sameByte(needle, next, byteOf(unit))) add(reached, position + lengthOf(unit));
    }
    if (reached.length === 0) return undefined;
    frontier = reached;
  }
  return Math.max(...frontier);
}

function add(positions: number[], position: number): void {
  if (!positions.includes(position)) positions.push(position);
}

function base64Core(bytes: Buffer, shift: number): string {
  const text = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64');
  const first = Math.ceil((shift * 8) / 6);
  return text.slice(first, Math.floor(((shift + bytes.length) * 8) / 6));
}
