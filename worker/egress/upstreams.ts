import { isIP } from 'node:net';
import { createSecureContext, getCACertificates, rootCertificates, type SecureContext } from 'node:tls';
import { type Dispatcher, Pool } from 'undici';
import type { CanonicalRequest } from '#core/policy/request.ts';
import { LeastRecent } from './least-recent.ts';

const poolsMax = 64;
const connectionsPerHost = 64;
const connectMs = 10_000;
/** How long a server may say nothing. */
const patienceMs = 300_000;

/** Whom upstream servers are checked against: Node's roots, this machine's, and what is given (PEM). Made once: slow. */
export function upstreamTrust(extra: readonly string[]): SecureContext {
  const roots = new Set([...rootCertificates, ...getCACertificates('system'), ...extra]);
  return createSecureContext({ ca: [...roots] });
}

/** One sandbox's connections to the world; never shared with another sandbox. */
export class Upstreams {
  readonly #trust: SecureContext;
  readonly #silenceMs: number;
  readonly #pools = new LeastRecent<string, Pool>(poolsMax, (pool) => void pool.close().catch(() => {}));

  constructor(trust: SecureContext, silenceMs = patienceMs) {
    this.#trust = trust;
    this.#silenceMs = silenceMs;
  }

  /** Connections to exactly these addresses, whatever the name resolves to by then. */
  to({ scheme, host, port }: CanonicalRequest, addresses: readonly string[]): Dispatcher {
    const origin = `${scheme}://${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
    const key = [origin, ...addresses.toSorted()].join(' ');
    const known = this.#pools.get(key);
    if (known) return known;
    const pool = new Pool(origin, {
      allowH2: false,
      connections: connectionsPerHost,
      headersTimeout: this.#silenceMs,
      bodyTimeout: this.#silenceMs,
      maxHeaderSize: 64 * 1024,
      connect: {
        allowH2: false,
        secureContext: this.#trust,
        timeout: connectMs,
        autoSelectFamily: true,
        lookup: pinned(addresses),
      },
    });
    this.#pools.set(key, pool);
    return pool;
  }

  /** Ends every connection, also those at work. */
  destroy(): void {
    for (const pool of this.#pools.clear()) pool.destroy(new Error('the turn ended')).catch(() => {});
  }
}

type LookupDone = (
  error: null,
  address: string | Array<{ address: string; family: number }>,
  family?: number,
) => void;

/** A "lookup" that only ever answers what was checked. */
export function pinned(addresses: readonly string[]) {
  const all = addresses.map((address) => ({ address, family: isIP(address) }));
  return (_host: string, options: { all?: boolean }, done: LookupDone): void => {
    if (options.all) done(null, all);
    else done(null, all[0]?.address ?? '', all[0]?.family);
  };
}
