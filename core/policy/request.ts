import { isIPv6 } from 'node:net';
import { DeckhandError } from '#core/errors.ts';
import { fingerprint, sha256 } from '#core/events/canonical.ts';
import { type CanonicalHost, canonicalHost } from './hosts.ts';

/** As much of a body as a fingerprint covers, in bytes; what is longer is marked as cut. */
export const maxFingerprintedBody = 64 * 1024;

export type Scheme = 'http' | 'https';

/** What the proxy took from the wire, before anybody has read it. */
export interface RawRequest {
  method: string;
  scheme: Scheme;
  /** `host` or `host:port`: where the connection goes. The `Host` header and the SNI must agree with it. */
  authority: string;
  /** The request's target: origin form, or absolute form naming the same authority. */
  target: string;
  /** The body's first bytes, at least 64 KiB of them or all. */
  body?: Uint8Array;
}

/** One request in its one spelling: what is decided, shown, fingerprinted and sent. */
export interface CanonicalRequest {
  readonly method: string;
  readonly scheme: Scheme;
  readonly host: CanonicalHost;
  readonly port: number;
  readonly path: string;
  /** With its `?`, or empty. */
  readonly query: string;
  readonly body: { readonly sha256: string; readonly cut: boolean };
}

const noBody = { sha256: sha256(new Uint8Array()), cut: false };

/**
 * Reads a request strictly. Send `path + query` as it stands here, not the original target.
 * @throws {DeckhandError} `request_invalid` where two readers could see two requests, `host_invalid`
 */
export function canonicalRequest(raw: RawRequest): CanonicalRequest {
  const method = raw.method.toUpperCase();
  if (!/^[A-Z][A-Z0-9_-]{0,31}$/.test(method)) throw invalid('its method is not one');
  const { host, port } = canonicalAuthority(raw.authority, raw.scheme);
  const url = targetUrl(raw, host, port);
  const body = raw.body ?? new Uint8Array();
  return {
    method,
    scheme: raw.scheme,
    host,
    port,
    path: url.pathname,
    query: url.search,
    body:
      body.length === 0
        ? noBody
        : { sha256: sha256(body.subarray(0, maxFingerprintedBody)), cut: body.length > maxFingerprintedBody },
  };
}

/**
 * `host[:port]` in its one spelling; the port defaults to the scheme's.
 * @throws {DeckhandError} `request_invalid`, `host_invalid`
 */
export function canonicalAuthority(authority: string, scheme: Scheme): { host: CanonicalHost; port: number } {
  const parts = /^(?<host>\[[^\]]*\]|[^:]*)(?::(?<port>\d{1,5}))?$/.exec(authority)?.groups;
  const port = parts?.port === undefined ? standardPort(scheme) : Number(parts.port);
  if (!parts || port < 1 || port > 65535) throw invalid('its host and port are not like api.example.com:443');
  return { host: canonicalHost(parts.host ?? ''), port };
}

export function standardPort(scheme: Scheme): number {
  return scheme === 'https' ? 443 : 80;
}

/** SHA-256, hex, of everything an approval is bound to (DOOR.md rule 6). */
export function requestFingerprint(request: CanonicalRequest): string {
  const { method, scheme, host, port, path, query, body } = request;
  return fingerprint({ method, scheme, host, port, target: path + query, body });
}

/** `https://api.example.com/v1?x=1`: for cards and logs. The standard port is left out. */
export function requestUrl(request: CanonicalRequest): string {
  const { scheme, host, port, path, query } = request;
  const shown = isIPv6(host) ? `[${host}]` : host;
  return `${scheme}://${shown}${port === standardPort(scheme) ? '' : `:${port}`}${path}${query}`;
}

function targetUrl(raw: RawRequest, host: CanonicalHost, port: number): URL {
  if (/[^\x21-\x7e]|[\\#]/.test(raw.target))
    throw invalid('its target holds characters that must be escaped');
  if (raw.target.startsWith('/')) return new URL(`${raw.scheme}://host.invalid${raw.target}`);
  const absolute = /^(?<scheme>https?):\/\/(?<authority>[^/?]+)(?<rest>.*)$/i.exec(raw.target)?.groups;
  if (!absolute) throw invalid('its target is neither a path nor an address');
  const named = canonicalAuthority(absolute.authority ?? '', raw.scheme);
  if (absolute.scheme?.toLowerCase() !== raw.scheme || named.host !== host || named.port !== port) {
    throw invalid('its target names another host than its connection');
  }
  const rest = absolute.rest ?? '';
  return new URL(`${raw.scheme}://host.invalid${rest.startsWith('/') ? '' : '/'}${rest}`);
}

function invalid(what: string): DeckhandError {
  return new DeckhandError(
    'request_invalid',
    `This request was refused because ${what}. Send it anew, plainly.`,
    {
      blame: 'asker',
    },
  );
}
