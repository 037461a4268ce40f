import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

/** Of scrypt's two forms `promisify` sees the one without a cost. */
const derive = promisify<string, Buffer, number, { N: number; r: number; p: number; maxmem: number }, Buffer>(
  scrypt as never,
);

/** OWASP's setting for scrypt: 32 MiB and about 0.1 s. */
const cost = { N: 2 ** 15, r: 8, p: 3 };
const keyBytes = 32;

/** `scrypt$N$r$p$salt$key`, base64. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const key = await keyOf(password, salt, cost);
  return ['scrypt', cost.N, cost.r, cost.p, salt.toString('base64'), key.toString('base64')].join('$');
}

/** Takes the same time whatever is wrong. */
export async function isPassword(password: string, hash: string): Promise<boolean> {
  const [, N, r, p, salt = '', key = ''] = hash.split('$');
  const known = Buffer.from(key, 'base64');
  const given = await keyOf(password, Buffer.from(salt, 'base64'), {
    N: Number(N),
    r: Number(r),
    p: Number(p),
  });
  return known.length === given.length && timingSafeEqual(known, given);
}

function keyOf(password: string, salt: Buffer, { N, r, p }: typeof cost): Promise<Buffer> {
  // One text has one spelling, whatever keyboard it came from.
  return derive(password.normalize('NFKC'), salt, keyBytes, { N, r, p, maxmem: 256 * N * r });
}

const freeTries = 5;
const shortestMs = 30_000;
const longestMs = 15 * 60_000;

/** How long an account is closed after so many wrong passwords in a row: nothing at first, then twice as long each time. */
export function lockMs(failures: number): number {
  if (failures < freeTries) return 0;
  return Math.min(longestMs, shortestMs * 2 ** Math.min(10, failures - freeTries));
}
