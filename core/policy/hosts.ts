import { isIP } from 'node:net';
import { DeckhandError } from '#core/errors.ts';
import { remembering } from '#core/remembering.ts';
import { parseRange, type Range, rangeHolds, rangeOf } from './ranges.ts';

/** One host as rules see it: lower case, IDN in ASCII, no trailing dot, addresses in one spelling, IPv6 unbracketed. */
export type CanonicalHost = string;

/** Which hosts a rule speaks of. */
export type HostPattern =
  | { kind: 'any' }
  | { kind: 'name'; host: CanonicalHost }
  | { kind: 'below'; suffix: string }
  | { kind: 'range'; range: Range; text: string };

/**
 * The one spelling of a host: `EXAMPLE.com.` → `example.com`, `bücher.de` → `xn--bcher-kva.de`, `127.1` →
 * `127.0.0.1`, `[::FFFF:10.0.0.1]` → `10.0.0.1`.
 * @throws {DeckhandError} `host_invalid`
 */
export const canonicalHost = remembering(1_000, (text): CanonicalHost => {
  // URL drops tabs, line breaks and credentials, and decodes %41: each would let two readers see two hosts.
  const bare = isIP(text) === 6 ? `[${text}]` : text;
  if (!/^(\[[0-9a-f:.]+\]|[^\p{Cc}\s[\]:/?#@\\%*]+)$/iu.test(bare)) throw invalid(text);
  const host = hostnameOf(bare)?.replace(/\.$/, '');
  if (host === undefined) throw invalid(text);
  if (host.startsWith('[') || isIP(host) !== 0) return rangeOf(host.replace(/^\[|\]$/g, '')).text;
  const labels = host.split('.');
  if (host.length > 253 || labels.some((label) => label.length === 0 || label.length > 63))
    throw invalid(text);
  return host;
});

/**
 * Reads `api.example.com`, `*.example.com` (every name below, not the name itself), `*`, `10.1.2.3` or `10.0.0.0/8`.
 * @throws {DeckhandError} `host_invalid`
 */
export function parseHostPattern(text: string): HostPattern {
  if (text === '*') return { kind: 'any' };
  if (text.startsWith('*.')) {
    const below = canonicalHost(text.slice(2));
    if (isIP(below) !== 0) throw invalid(text);
    return { kind: 'below', suffix: `.${below}` };
  }
  if (text.includes('/')) {
    const range = parseRange(text);
    return { kind: 'range', range, text: range.text };
  }
  const host = canonicalHost(text);
  return isIP(host) === 0 ? { kind: 'name', host } : { kind: 'range', range: rangeOf(host), text: host };
}

/** Does the pattern speak of this host? A range speaks only of addresses, never of a name that resolves into it. */
export function hostMatches(pattern: HostPattern, host: CanonicalHost): boolean {
  if (pattern.kind === 'any') return true;
  if (pattern.kind === 'name') return pattern.host === host;
  if (pattern.kind === 'below') return isIP(host) === 0 && host.endsWith(pattern.suffix);
  return isIP(host) !== 0 && rangeHolds(pattern.range, host);
}

/** The pattern as a person writes it. */
export function hostPatternText(pattern: HostPattern): string {
  if (pattern.kind === 'any') return '*';
  if (pattern.kind === 'name') return pattern.host;
  return pattern.kind === 'below' ? `*${pattern.suffix}` : pattern.text;
}

function hostnameOf(text: string): string | undefined {
  return URL.canParse(`http://${text}`) ? new URL(`http://${text}`).hostname : undefined;
}

function invalid(text: string): DeckhandError {
  return new DeckhandError(
    'host_invalid',
    `${JSON.stringify(text)} is not a host. Right would be api.example.com, *.example.com, 10.1.2.3 or 10.0.0.0/8.`,
    { blame: 'asker' },
  );
}
