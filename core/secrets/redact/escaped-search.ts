import { byteOf, introducers, readUnit } from './escapes.ts';
import { type FindEach, matchFrom, type Needle, sameByte } from './needles.ts';

const space = 0x20;
const plus = 0x2b;

interface Place {
  readonly needle: Needle;
  readonly place: number;
}

/**
 * Finds every occurrence with at least one escaped character. Each has a leftmost escape, before which it is plain: so
 * only escapes that stand for a byte of some needle are looked at, and text without escapes costs next to nothing.
 */
export function prepareEscapedSearch(needles: readonly Needle[]): FindEach {
  const places: Place[][] = Array.from({ length: 0x80 }, (_, byte) => placesOf(needles, byte));
  const used = introducers.filter((byte) => byte !== plus || places[space]?.length);
  const begins = new Uint8Array(256);
  for (const byte of used) begins[byte] = 1;

  return (data, found) => {
    if (!used.some((byte) => data.includes(byte))) return;
    const end = data.length;
    for (let at = 0; at < end; at++) {
      if (begins[data[at] as number] === 0) continue;
      const unit = readUnit(data, at, end);
      if (unit < 0) continue;
      for (const { needle, place } of places[byteOf(unit)] ?? []) {
        if (!plainBefore(needle, place, data, at)) continue;
        const match = matchFrom(needle, place, data, at, end);
        if (typeof match === 'number') found(at - place, match);
      }
    }
  };
}

/** Where in the needles a byte may stand. */
function placesOf(needles: readonly Needle[], byte: number): Place[] {
  return needles.flatMap((needle) =>
    Array.from(needle.bytes.keys())
      .filter((place) => sameByte(needle, place, byte))
      .map((place) => ({ needle, place })),
  );
}

function plainBefore(needle: Needle, place: number, data: Uint8Array, at: number): boolean {
  if (place > at) return false;
  for (let back = 1; back <= place; back++) {
    if (!sameByte(needle, place - back, data[at - back] as number)) return false;
  }
  return true;
}
