import { isIP } from 'node:net';
import type { Context, MiddlewareHandler } from 'hono';
import { DeckhandError } from '#core/errors.ts';
import type { HttpEnv } from './deps.ts';

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Refuses requests under a name that is not ours. A page of a stranger whose name is re-bound to this address keeps
 * sending its own name; plain addresses and loopback names cannot be re-bound.
 */
export function checkHost(names: readonly string[]): MiddlewareHandler<HttpEnv> {
  const known = new Set(['localhost', ...names.map((name) => name.toLowerCase())]);
  return async (c, next) => {
    const host = hostName(c);
    const plain = host.replace(/^\[|\]$/g, '');
    if (!known.has(host) && !host.endsWith('.localhost') && isIP(plain) === 0) {
      throw new DeckhandError(
        'http.host_refused',
        'Deckhand does not answer under this host name. Use its address, or set DECKHAND_HOST to the name.',
      );
    }
    await next();
  };
}

function hostName(c: Context): string {
  const header = c.req.header('host') ?? '';
  return header.replace(/:\d+$/, '').toLowerCase();
}

/**
 * Refuses requests that change something, carry a cookie, and do not provably come from our own page: other sites
 * cannot set the header without asking us first, and the browser itself says where a request comes from.
 */
export function checkSameSite(): MiddlewareHandler<HttpEnv> {
  return async (c, next) => {
    const byKey = c.get('principal')?.by === 'key';
    if (!byKey && !safeMethods.has(c.req.method) && !fromOwnPage(c)) {
      throw new DeckhandError(
        'auth.cross_site',
        "This request did not come from Deckhand's own page. Programs sign in with a key instead.",
      );
    }
    await next();
  };
}

function fromOwnPage(c: Context): boolean {
  if (c.req.header('x-deckhand') !== '1') return false;
  const site = c.req.header('sec-fetch-site');
  // Browsers leave the header out on plain http beyond loopback; then the origin decides.
  if (site !== undefined) return site === 'same-origin';
  const origin = c.req.header('origin');
  return origin !== undefined && URL.canParse(origin) && new URL(origin).host === c.req.header('host');
}

/** Headers of every answer; `policy` is the page's content security policy. */
export function secureHeaders(policy: string): MiddlewareHandler<HttpEnv> {
  return async (c, next) => {
    await next();
    const { headers } = c.res;
    if (!headers.has('content-security-policy')) headers.set('content-security-policy', policy);
    if (!headers.has('cache-control')) headers.set('cache-control', 'no-store');
    headers.set('x-content-type-options', 'nosniff');
    headers.set('referrer-policy', 'no-referrer');
    headers.set('cross-origin-opener-policy', 'same-origin');
    headers.set('cross-origin-resource-policy', 'same-origin');
    headers.set('permissions-policy', 'camera=(), microphone=(), geolocation=()');
    headers.set('x-frame-options', 'DENY');
  };
}

/**
 * Postgres has no place for zero bytes: in an address they name nothing, in a JSON text they become U+FFFD as everywhere
 * (core/events/canonical.ts).
 */
export function withoutZeroBytes(): MiddlewareHandler<HttpEnv> {
  return async (c, next) => {
    if (/%00/.test(c.req.url)) {
      throw new DeckhandError('request.invalid', 'The address holds a zero byte, which nothing is named by.');
    }
    // A file is kept as it is.
    if (c.req.path !== '/v1/files' && c.req.header('content-type')?.includes('json')) {
      const text = await c.req.text();
      // An even number of backslashes before it is text about zero bytes, not one.
      const clean = text.replace(/(?<!\\)((?:\\\\)*)\\u0000/g, '$1\\ufffd');
      // Hono keeps what it has read as a promise; its types say text.
      if (clean !== text) c.req.bodyCache.text = Promise.resolve(clean) as unknown as string;
    }
    await next();
  };
}
