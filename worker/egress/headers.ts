import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import type { Redaction } from '#core/secrets/redact/redaction.ts';
import { refusalHeader } from './refused.ts';

/** Headers of one connection, not of the message (RFC 9110 §7.6.1), and trailers, which come after the decision. */
export const hopByHop: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
]);

/**
 * HTTP/3 would be another way out; the sandbox has none, so a client that took it up would only lose time. And nobody
 * speaks for the door.
 */
const notTheirs = new Set([
  refusalHeader,
  'alt-svc',
  'alternate-protocol',
  'proxy-authenticate',
  'proxy-authentication-info',
]);

/** What of an answer's headers the sandbox gets, masked. */
export function answerHeaders(headers: IncomingHttpHeaders, redaction?: Redaction): OutgoingHttpHeaders {
  const named = new Set(`${headers.connection ?? ''}`.toLowerCase().split(/[\s,]+/));
  const kept: OutgoingHttpHeaders = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || hopByHop.has(name) || notTheirs.has(name) || named.has(name)) continue;
    const masked = (text: string) => redaction?.text(text) ?? text;
    // A name cannot be masked, and nobody needs one that is made of a secret.
    if (masked(name) !== name) continue;
    kept[name] = Array.isArray(value) ? value.map(masked) : masked(value);
  }
  return kept;
}

/** A part of a body would show a part of a reflected secret, and a compressed one would hide it. */
const hidesReflection = new Set(['range', 'if-range', 'accept-encoding']);

/** A request's headers as its answer can be masked. */
export function readableAnswer(
  headers: ReadonlyArray<readonly [string, string]>,
): Array<readonly [string, string]> {
  return [...headers.filter(([name]) => !hidesReflection.has(name)), ['accept-encoding', 'identity']];
}
