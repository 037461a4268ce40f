import { createHash, randomInt } from 'node:crypto';
import { byteOf, lengthOf, readUnit } from './redact/escapes.ts';

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
    return splitBeginning.test(lower) ? candidates(lower.replace(/[^a-z2-7_]/g, '')) : [];
  });
  return [...new Set(found)].filter(isPlaceholder);
}

/** `dh_`, whatever separates its letters: rare enough to pay for reading the text without separators. */
const splitBeginning = /d[^a-z2-7_]*h[^a-z2-7_]*_/;

function candidates(text: string): string[] {
  return Array.from(text.matchAll(/dh_(?=([a-z2-7]{32}))/g), (match) => `dh_${match[1]}`);
}

function readingsOf(text: string): string[] {
  const once = unescaped(text);
  const plain = [...new Set([text, once, unescaped(once)])];
  return [...plain, ...plain.flatMap(decodedRuns)];
}

/** What runs of base64 (whatever stands before them) and of hex hold. */
function decodedRuns(text: string): string[] {
  const hex = Array.from(text.matchAll(/(?:[0-9a-f]{2}){35,}/gi), ([run]) =>
    Buffer.from(run, 'hex').toString('latin1'),
  );
  return [...hex, ...base64Runs(text)];
}

function base64Runs(text: string): string[] {
  return Array.from(text.matchAll(/[a-z0-9+/_-]{44,}/gi), ([run]) =>
    [0, 1, 2, 3].map((skip) => Buffer.from(run.slice(skip), 'base64').toString('latin1')),
  ).flat();
}

function unescaped(text: string): string {
  if (!/[%\\&+]/.test(text)) return text;
  const data = Buffer.from(text, 'latin1');
  let written = 0;
  for (let at = 0; at < data.length; ) {
    const unit = readUnit(data, at, data.length);
    data[written++] = unit < 0 ? (data[at] as number) : byteOf(unit);
    at += unit < 0 ? 1 : lengthOf(unit);
  }
  return data.toString('latin1', 0, written);
}

function checkOf(random: string): string {
  const digest = createHash('sha256').update(`deckhand:placeholder:v1:${random}`).digest();
  return Array.from(digest.subarray(0, checkLength), (byte) => alphabet[byte % alphabet.length]).join('');
}
