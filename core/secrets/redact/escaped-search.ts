import { introducers, readUnit } from './escapes.ts';
import { matchFrom, type Needle, sameByte } from './needles.ts';
import type { PlainSearch } from './plain-search.ts';

/**
 * Finds every occurrence with at least one escaped character. Each has a leftmost escape, before which it is plain: so
 * only escapes that stand for a byte of some needle are looked at, and text without escapes costs next to nothing.
 */
export function prepareEscapedSearch(needles: readonly Needle[]): PlainSearch {
  const places = new Map<number, Array<{ needle: Needle; place: number }>>();
  for (const needle of needles) {
    needle.bytes.forEach((_, place) => {
      for (let byte = 0; byte < 0x80; byte++) {
        if (sameByte(needle, place, byte)) places.set(byte, [...(places.get(byte) ?? []), { needle, place }]);
      }
    });
  }
  const used = introducers.filter((byte) => byte !== 0x2b || places.has(0x20));
  const begins = new Uint8Array(256);
  for (const byte of used) begins[byte] = 1;

  return (data, found) => {
    if (!used.some((byte) => data.includes(byte))) return;
    for (let at = 0; at < data.length; at++) {
      if (begins[data[at] as number] === 0) continue;
      const unit = readUnit(data, at, data.length);
      if (unit === undefined || unit === 'cut') continue;
      for (const { needle, place } of places.get(unit.byte) ?? []) {
        if (!plainBefore(needle, place, data, at)) continue;
        const end = matchFrom(needle, place, data, at, data.length);
        if (typeof end === 'number') found(at - place, end);
      }
    }
  };
}

function plainBefore(needle: Needle, place: number, data: Uint8Array, at: number): boolean {
  if (place > at) return false;
  for (let back = 1; back <= place; back++) {
    if (!sameByte(needle, place - back, data[at - back] as number)) return false;
  }
  return true;
}
