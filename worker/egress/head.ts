import {
  type CanonicalRequest,
  canonicalAuthority,
  canonicalRequest,
  type RawRequest,
  type Scheme,
} from '#core/policy/request.ts';
import { hopByHop } from './headers.ts';
import { Refused } from './refused.ts';

/** A connection to the door, with all that goes through it. `asked`: it was not made for nothing. */
export interface Visit {
  asked: boolean;
}

/** How a connection came to where its requests are read. */
export type Passage = { visit: Visit } /** `worker`: not from the sandbox, but from the worker itself. */ & (
  | { kind: 'door'; worker: boolean }
  /** One more than a sandbox may have: whatever it asks is refused. */
  | { kind: 'surplus' }
  /** Inside CONNECT. `serverName`: what TLS asked for, if it asked. */
  | {
      kind: 'tunnel';
      scheme: Scheme;
      host: string;
      port: number;
      serverName: string | null;
      /** Of a worker: the claim that it speaks for. Null: it comes from the sandbox. */
      claim: number | null;
    }
);

/** A request's first lines as a parser gave them. */
export interface RawHead {
  method: string;
  target: string;
  version: string;
  /** Name, value, name, value. */
  rawHeaders: readonly string[];
}

export interface Head {
  raw: RawRequest;
  request: CanonicalRequest;
  headers: Array<[string, string]>;
  upgrade: 'websocket' | null;
}

/**
 * Reads a request's head so that nobody behind us can read another request in it; its names are in lower case then.
 * @throws {Refused} with the status 400 or 403; {DeckhandError} `request_invalid`, `host_invalid`
 */
export function readHead({ method, target, version, rawHeaders }: RawHead, passage: Passage): Head {
  if (passage.kind === 'surplus') throw tooManyConnections();
  const pairs = pairsOf(rawHeaders);
  if (version !== '1.1' && version !== '1.0' && version !== '2.0')
    throw malformed(`HTTP/${version} is not spoken here`);
  if (/^(TRACE|TRACK|CONNECT)$/i.test(method)) throw malformed(`the method ${method} does not pass`);
  const authority = authorityOf(target, pairs, passage, version);
  checkFraming(pairs, version);
  const upgrade = upgradeOf(method, version, pairs);
  const raw = { method, target, ...authority };
  return { raw, request: canonicalRequest(raw), headers: endToEnd(pairs), upgrade };
}

function pairsOf(rawHeaders: readonly string[]): Array<[string, string]> {
  const pairs: Array<[string, string]> = [];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    const value = rawHeaders[at + 1] ?? '';
    // Obs-text would be read as one alphabet here and as another behind us; control characters end lines.
    if (/[^\t\x20-\x7e\x80-\xff]/.test(value)) throw malformed(`the header ${name} holds control characters`);
    if (!name.startsWith(':')) pairs.push([name.toLowerCase(), value]);
  }
  return pairs;
}

const valuesOf = (pairs: Array<[string, string]>, wanted: string): string[] =>
  pairs.filter(([name]) => name === wanted).map(([, value]) => value);

/** Where the request goes. Everything that names a host must name the same one. */
function authorityOf(
  target: string,
  pairs: Array<[string, string]>,
  passage: Exclude<Passage, { kind: 'surplus' }>,
  version: string,
): { scheme: Scheme; authority: string } {
  const hosts = valuesOf(pairs, 'host');
  if (hosts.length > 1) throw malformed('it has more than one Host header');
  const [named] = hosts;
  if (named === undefined && version === '1.1') throw malformed('it has no Host header');
  if (passage.kind === 'door') {
    const authority = /^http:\/\/([^/?#]+)/i.exec(target)?.[1];
    if (authority === undefined) {
      throw malformed('this is a proxy: it takes "GET http://host/path" and CONNECT, for https only CONNECT');
    }
    if (named !== undefined && !sameHost(named, authority, 'http'))
      throw mismatch('Host header', named, authority);
    return { scheme: 'http', authority };
  }
  const { scheme, host, port, serverName } = passage;
  const authority = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  if (serverName !== null && !sameHost(`${serverName}:${port}`, authority, scheme)) {
    throw mismatch('TLS server name', serverName, authority);
  }
  if (named !== undefined && !sameHost(named, authority, scheme))
    throw mismatch('Host header', named, authority);
  return { scheme, authority };
}

function sameHost(one: string, other: string, scheme: Scheme): boolean {
  const [first, second] = [canonicalAuthority(one, scheme), canonicalAuthority(other, scheme)];
  return first.host === second.host && first.port === second.port;
}

/** Node's parser refuses length and chunks together; these are what it lets through. */
function checkFraming(pairs: Array<[string, string]>, version: string): void {
  const codings = valuesOf(pairs, 'transfer-encoding');
  const lengths = valuesOf(pairs, 'content-length');
  if (
    codings.length > 0 &&
    (version !== '1.1' || codings.length > 1 || codings[0]?.toLowerCase() !== 'chunked')
  ) {
    throw malformed('its Transfer-Encoding is not just "chunked"');
  }
  if (lengths.length > 1 || lengths.some((length) => !/^\d{1,15}$/.test(length)))
    throw malformed('its Content-Length is not one number');
  if (lengths.length > 0 && codings.length > 0) throw malformed('it has both a length and chunks');
}

function upgradeOf(method: string, version: string, pairs: Array<[string, string]>): 'websocket' | null {
  const wanted = valuesOf(pairs, 'upgrade');
  if (wanted.length === 0) return null;
  const plain = wanted.length === 1 && wanted[0]?.toLowerCase() === 'websocket';
  if (!plain || method !== 'GET' || version !== '1.1')
    throw malformed(`an upgrade to ${wanted.join(', ')} does not pass; only websocket does`);
  return 'websocket';
}

/** Without what belongs to one connection, also what `Connection` names, so that nothing put on later can be dropped. */
function endToEnd(pairs: Array<[string, string]>): Array<[string, string]> {
  const named = new Set(
    valuesOf(pairs, 'connection').flatMap((value) => value.toLowerCase().split(/[\s,]+/)),
  );
  const dropped = (name: string) =>
    hopByHop.has(name) ||
    named.has(name) ||
    name.startsWith('proxy-') ||
    name === 'host' ||
    name === 'expect';
  return withOneCookie(pairs.filter(([name]) => !dropped(name)));
}

/** HTTP/2 sends cookies one by one; HTTP/1.1 knows one header of them (RFC 9113 §8.2.3). */
function withOneCookie(pairs: Array<[string, string]>): Array<[string, string]> {
  const cookies = valuesOf(pairs, 'cookie');
  if (cookies.length < 2) return pairs;
  return [...pairs.filter(([name]) => name !== 'cookie'), ['cookie', cookies.join('; ')]];
}

/** What a client on a surplus connection is told. */
export function tooManyConnections(): Refused {
  const why = 'This sandbox has too many connections open. Close some and try again.';
  return new Refused(503, 'too_many_connections', why);
}

function malformed(what: string): Refused {
  return new Refused(400, 'request_invalid', `This request was refused: ${what}. Send it anew, plainly.`);
}

function mismatch(where: string, named: string, authority: string): Refused {
  const said = JSON.stringify(named.slice(0, 200));
  return new Refused(
    403,
    'host_mismatch',
    `This request was refused: its ${where} says ${said}, but its connection goes to ${authority}. Connect to the host that is meant.`,
  );
}
