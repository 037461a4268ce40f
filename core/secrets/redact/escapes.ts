/**
 * One character of printable ASCII as text formats may spell it: `%41`, `\u0041`, `\x41`, `\/`, `&#65;`, `&#x41;`,
 * `&amp;`, and `+` for a space. A unit is what one such spelling stands for.
 */

/**
 * A spelled character: `length << 8 | byte`, how many bytes spell it and which it is. A number, since one is read for
 * every escape of every answer.
 */
export type Unit = number;
/** No spelling begins here, or the data ends inside it. */
export const noUnit = -1;

export const byteOf = (unit: Unit): number => unit & 0xff;
export const lengthOf = (unit: Unit): number => unit >> 8;

const percent = 0x25;
const backslash = 0x5c;
const ampersand = 0x26;
const plus = 0x2b;
const lowerU = 0x75;
const lowerX = 0x78;
const hash = 0x23;
const semicolon = 0x3b;

/** Bytes that may begin a spelling. */
export const introducers: readonly number[] = [percent, backslash, ampersand, plus];

/** The most bytes that spell one character: `&#x0000041;`. */
export const longestUnit = 11;

const names = new Map(
  Object.entries({ 'amp;': '&', 'lt;': '<', 'gt;': '>', 'quot;': '"', 'apos;': "'" }).map(
    ([name, character]) => [name, character.charCodeAt(0)],
  ),
);

/** Reads the unit that begins at `at` with an introducer; `end` is where the data ends. */
export function readUnit(data: Uint8Array, at: number, end: number): Unit {
  switch (data[at]) {
    case percent:
      return readHex(data, at + 1, 2, end, 3);
    case backslash:
      return readBackslash(data, at, end);
    case ampersand:
      return readEntity(data, at, end);
    case plus:
      return unitOf(0x20, 1);
    default:
      return noUnit;
  }
}

function readBackslash(data: Uint8Array, at: number, end: number): Unit {
  if (at + 1 >= end) return noUnit;
  const next = data[at + 1] as number;
  if (next === lowerU) return readHex(data, at + 2, 4, end, 6);
  if (next === lowerX) return readHex(data, at + 2, 2, end, 4);
  const stands = next > 0x20 && next < 0x7f && !isAlphanumeric(next);
  return stands ? unitOf(next, 2) : noUnit;
}

function readHex(data: Uint8Array, from: number, digits: number, end: number, length: number): Unit {
  let value = 0;
  for (let place = from; place < from + digits; place++) {
    if (place >= end) return noUnit;
    const digit = hexValue(data[place] as number);
    if (digit < 0) return noUnit;
    value = value * 16 + digit;
  }
  return value < 0x80 ? unitOf(value, length) : noUnit;
}

function readEntity(data: Uint8Array, at: number, end: number): Unit {
  const last = Math.min(end, at + longestUnit);
  let stop = at + 1;
  while (
    stop < last &&
    data[stop] !== semicolon &&
    (isAlphanumeric(data[stop] as number) || data[stop] === hash)
  ) {
    stop++;
  }
  if (stop === last || data[stop] !== semicolon) return noUnit;
  const body = String.fromCharCode(...data.subarray(at + 1, stop + 1));
  const number = /^#(?:x(?<hex>[0-9a-f]+)|(?<decimal>\d+));$/i.exec(body)?.groups;
  const byte = number
    ? Number.parseInt(number.hex ?? number.decimal ?? '', number.hex ? 16 : 10)
    : names.get(body);
  return byte === undefined || byte >= 0x80 ? noUnit : unitOf(byte, stop + 1 - at);
}

function unitOf(byte: number, length: number): Unit {
  return (length << 8) | byte;
}

function hexValue(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

function isAlphanumeric(byte: number): boolean {
  const lower = byte | 0x20;
  return (byte >= 0x30 && byte <= 0x39) || (lower >= 0x61 && lower <= 0x7a);
}
