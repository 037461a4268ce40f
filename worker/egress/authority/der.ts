/** As much of DER (X.690) as a certificate needs. */
export type Der = Buffer;

/** One element: its tag, its length in the shortest form, its content. */
export function element(tag: number, ...content: Uint8Array[]): Der {
  const body = Buffer.concat(content);
  const size = body.length;
  if (size < 0x80) return Buffer.concat([Buffer.from([tag, size]), body]);
  const bytes = size < 0x100 ? [0x81, size] : [0x82, size >> 8, size & 0xff];
  if (size > 0xffff) throw new RangeError('no certificate of ours is that long');
  return Buffer.concat([Buffer.from([tag, ...bytes]), body]);
}

export const sequence = (...content: Der[]): Der => element(0x30, ...content);
export const setOf = (content: Der): Der => element(0x31, content);
export const octets = (content: Uint8Array): Der => element(0x04, content);
export const bits = (content: Uint8Array, unused = 0): Der => element(0x03, Buffer.from([unused]), content);
export const boolean = (value: boolean): Der => element(0x01, Buffer.from([value ? 0xff : 0]));
export const utf8 = (text: string): Der => element(0x0c, Buffer.from(text));

/** A positive number of any length. */
export function integer(bytes: Uint8Array): Der {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start++;
  const value = bytes.subarray(start);
  return (value[0] ?? 0) & 0x80 ? element(0x02, Buffer.from([0]), value) : element(0x02, value);
}

/** An object identifier in dotted decimal. */
export function objectId(dotted: string): Der {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second, ...rest].flatMap((arc) => {
    const groups = [arc & 0x7f];
    for (let left = arc >>> 7; left > 0; left >>>= 7) groups.unshift((left & 0x7f) | 0x80);
    return groups;
  });
  return element(0x06, Buffer.from(bytes));
}

/** UTCTime until 2049, as RFC 5280 wants it. */
export function time(at: Date): Der {
  const digits = at.toISOString().replace(/[-:T]/g, '').slice(2, 14);
  return element(0x17, Buffer.from(`${digits}Z`));
}

/** A context-specific tag around other elements. */
export const tagged = (number: number, ...content: Der[]): Der => element(0xa0 + number, ...content);
