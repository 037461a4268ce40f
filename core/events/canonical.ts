import { hash } from 'node:crypto';
import canonicalize from 'canonicalize';

/**
 * Canonical JSON text (RFC 8785) of plain data.
 * @throws {TypeError} for what JSON cannot hold: NaN, infinities, lone surrogates, functions, `undefined` at the top.
 */
export function canonical(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError('this value has no canonical JSON form');
  return text;
}

/** SHA-256, hex. */
export function sha256(data: string | Uint8Array): string {
  return hash('sha256', data, 'hex');
}

/** SHA-256 of the canonical form: what an approval or a receipt is bound to. */
export function fingerprint(value: unknown): string {
  return sha256(canonical(value));
}

/**
 * Text from strangers (people, models, commands) made storable: lone surrogates and zero bytes become U+FFFD, so that
 * nobody can fail a turn with them.
 */
export function wellFormed(text: string): string {
  return text.toWellFormed().replaceAll('\u0000', '\uFFFD');
}

/** `wellFormed` for every string in plain data, keys included. */
export function wellFormedDeep<T>(value: T): T {
  if (typeof value === 'string') return wellFormed(value) as T;
  if (Array.isArray(value)) return value.map(wellFormedDeep) as T;
  if (value !== null && typeof value === 'object') {
    const pairs = Object.entries(value).filter(([, entry]) => entry !== undefined);
    return Object.fromEntries(pairs.map(([key, entry]) => [wellFormed(key), wellFormedDeep(entry)])) as T;
  }
  return value;
}
