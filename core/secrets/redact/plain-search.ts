import { type FindEach, type Needle, sameByte } from './needles.ts';

/**
 * Finds unescaped occurrences by Wu and Manber's search: looks at two bytes at the end of a window as long as the shortest needle and jumps as far as
 * no needle can begin. Its cost hardly grows with the number of needles.
 */
export function preparePlainSearch(needles: readonly Needle[]): FindEach {
  const window = Math.min(...needles.map(({ bytes }) => bytes.length), 256);
  const jumps = new Uint8Array(0x10000).fill(window - 1);
  const ending = new Map<number, Needle[]>();
  for (const needle of needles) {
    for (let place = 1; place < window; place++) {
      const jump = window - 1 - place;
      for (const pair of pairsAt(needle, place)) {
        jumps[pair] = Math.min(jumps[pair] as number, jump);
        if (jump === 0) ending.set(pair, [...(ending.get(pair) ?? []), needle]);
      }
    }
  }
  return (data, found) => {
    let at = window - 1;
    while (at < data.length) {
      const pair = ((data[at - 1] as number) << 8) | (data[at] as number);
      const jump = jumps[pair] as number;
      if (jump > 0) {
        at += jump;
        continue;
      }
      const start = at - window + 1;
      for (const needle of ending.get(pair) ?? []) {
        if (standsAt(needle, data, start)) found(start, start + needle.bytes.length);
      }
      at++;
    }
  };
}

/** The two bytes that end at a place, in each letter case that counts as the same. */
function pairsAt(needle: Needle, place: number): number[] {
  const [one = [], two = []] = [place - 1, place].map((where) => {
    const byte = needle.bytes[where] as number;
    const isLetter = byte >= 0x61 && byte <= 0x7a;
    return needle.anyCase && isLetter ? [byte, byte & ~0x20] : [byte];
  });
  return one.flatMap((high) => two.map((low) => (high << 8) | low));
}

function standsAt(needle: Needle, data: Uint8Array, start: number): boolean {
  const { length } = needle.bytes;
  if (start + length > data.length) return false;
  for (let place = 0; place < length; place++) {
    if (!sameByte(needle, place, data[start + place] as number)) return false;
  }
  return true;
}
