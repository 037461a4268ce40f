import { createHash, randomInt } from 'node:crypto';
import { byteOf, introducers, lengthOf, readUnit } from './redact/escapes.ts';

/**
 * What a sandbox holds in place of a secret: `dh_`, 26 random characters of RFC 4648 base32 (130 bits), 6 of a
 * checksum. Made anew for every session and secret. Lower case and a checksum, so that also a mangled one is known for
 * what it is and innocent text is not.
 */
export type Placeholder = `dh_${string}`;

const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
const randomLength = 26;
const checkLength = 6;

export function newPlaceholder(): Placeholder {
  const random = Array.from({ length: randomLength }, () => alphabet[randomInt(alphabet.length)]).join('');
  return `dh_${random}${checkOf(random)}`;
}

/** Is this text exactly one placeholder, ours or another session's? */
export function isPlaceholder(text: string): text is Placeholder {
  return /^dh_[a-z2-7]{32}$/.test(text) && text.endsWith(checkOf(text.slice(3, 3 + randomLength)));
}

/**
 * Every placeholder in a piece of a request (target, header, at most 64 KiB of a body), in its plain spelling. Sees
 * through letter case, percent-encoding and JSON and HTML escapes (twice), base64 and hex, and through separators, as
 * where `Authorization: Basic` holds one half as the user and the other as the password.
 */
export function findPlaceholders(text: string): Placeholder[] {
  const found = readingsOf(text).flatMap((reading) => {
    const lower = reading.toLowerCase();
    return [...candidates(lower), ...candidates(lower.replace(/[^a-z2-7_]/g, ''))];
  });
  return [...new Set(found)].filter(isPlaceholder);
}

function candidates(text: string): string[] {
  return Array.from(text.matchAll(/dh_(?=([a-z2-7]{32}))/g), (match) => `dh_${match[1]}`);
}

function readingsOf(text: string): string[] {
  const once = unescaped(text);
  const plain = [...new Set([text, once, unescaped(once)])];
  return [...plain, ...plain.flatMap(decodedRuns)];
}

/** What runs of base64 (whatever stands before them) and hex hold; also once more, for base64 in base64. */
function decodedRuns(text: string): string[] {
  const hex = Array.from(text.matchAll(/(?:[0-9a-f]{2}){35,}/gi), ([run]) =>
    Buffer.from(run, 'hex').toString('latin1'),
  );
  const once = base64Runs(text);
  return [...hex, ...once, ...once.flatMap(base64Runs)];
}

function base64Runs(text: string): string[] {
  return Array.from(text.matchAll(/[a-z0-9+/_-]{44,}/gi), ([run]) =>
    [0, 1, 2, 3].map((skip) => Buffer.from(run.slice(skip), 'base64').toString('latin1')),
  ).flat();
}

function unescaped(text: string): string {
  const data = Buffer.from(text, 'latin1');
  const plain: number[] = [];
  for (let at = 0; at < data.length; ) {
    const byte = data[at] as number;
    const unit = introducers.includes(byte) ? readUnit(data, at, data.length) : -1;
    plain.push(unit < 0 ? byte : byteOf(unit));
    at += unit < 0 ? 1 : lengthOf(unit);
  }
  return Buffer.from(plain).toString('latin1');
}

function checkOf(random: string): string {
  const digest = createHash('sha256').update(`deckhand:placeholder:v1:${random}`).digest();
  return Array.from(digest.subarray(0, checkLength), (byte) => alphabet[byte % alphabet.length]).join('');
}
