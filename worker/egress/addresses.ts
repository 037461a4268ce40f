import { Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { messageOf } from '#core/errors.ts';
import { addressAllowed, classifyAddress } from '#core/policy/addresses.ts';
import { parseRange, type Range, rangeOf } from '#core/policy/ranges.ts';
import { LeastRecent } from './least-recent.ts';
import type { Lookup } from './ports.ts';
import { Refused } from './refused.ts';

/** Answers are kept for as long as their server says, and for no longer than this. */
const maxLifeMs = 30_000;
const maxNames = 1_000;

export interface LookupOptions {
  /** Name servers; those of this machine if not given. */
  servers?: readonly string[];
  /** Milliseconds that only rise. */
  now?: () => number;
}

/**
 * Queries that run aside from the thread pool: a slow name must not hold up file access or another sandbox's names. What
 * was answered is judged anew for each request, so that keeping it for a moment lets nobody in.
 */
export function systemLookup({ servers, now = () => performance.now() }: LookupOptions = {}): Lookup {
  const resolver = new Resolver({ timeout: 3000, tries: 2 });
  if (servers) resolver.setServers(servers);
  const known = new LeastRecent<string, { until: number; found: Promise<string[]> }>(maxNames);

  async function ask(host: string, entry: { until: number }): Promise<string[]> {
    const ttl = { ttl: true } as const;
    const answers = await Promise.allSettled([resolver.resolve4(host, ttl), resolver.resolve6(host, ttl)]);
    const found = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
    const failed = answers.find((answer) => answer.status === 'rejected');
    const lifeMs = 1_000 * Math.min(...found.map((record) => record.ttl), maxLifeMs / 1_000);
    entry.until = found.length > 0 ? now() + lifeMs : 0;
    if (found.length === 0 && failed) throw failed.reason;
    return found.map((record) => record.address);
  }

  return (host) => {
    const entry = known.get(host);
    if (entry && now() < entry.until) return entry.found;
    // Until it is answered, whoever asks as well waits for the same.
    const fresh = { until: Number.POSITIVE_INFINITY, found: Promise.resolve<string[]>([]) };
    fresh.found = ask(host, fresh).catch((error) => {
      fresh.until = 0;
      throw error;
    });
    known.set(host, fresh);
    return fresh.found;
  };
}

/** `ownAddresses`, asked anew every few seconds: interfaces come and go, and reading them costs more than a decision. */
export function ownAddressesNow(also: readonly Range[], everyMs = 5_000): () => readonly Range[] {
  let known: { at: number; ranges: Range[] } | null = null;
  return () => {
    if (!known || performance.now() - known.at > everyMs) {
      known = { at: performance.now(), ranges: [...ownAddresses(), ...also] };
    }
    return known.ranges;
  };
}

/** Where this machine itself is reached: no sandbox ever is let there. */
export function ownAddresses(): Range[] {
  const interfaces = Object.values(networkInterfaces()).flatMap((found) => found ?? []);
  // A zone names an interface and is no part of the address.
  const single = interfaces.map(({ address }) => rangeOf(address.replace(/%.*$/, '')));
  return [parseRange('127.0.0.0/8'), parseRange('::1/128'), ...single];
}

/**
 * The addresses of an allowed host, all of them checked: one that is forbidden among them is how rebinding begins.
 * @throws {Refused} `address_refused`, `host_unknown`
 */
export async function checkedAddresses(
  host: string,
  opened: readonly Range[],
  own: readonly Range[],
  lookup: Lookup,
): Promise<string[]> {
  const found = isIP(host) ? [host] : await lookupOrRefuse(host, lookup);
  const forbidden = found.find((address) => !addressAllowed(address, opened, own));
  if (forbidden === undefined) return found;
  const kind = classifyAddress(forbidden);
  const named = isIP(host) ? host : `${host} (${forbidden})`;
  throw new Refused(
    403,
    'address_refused',
    kind === 'metadata'
      ? `${named} is where clouds hand out credentials; it is never reached from here.`
      : `${named} is not a public address (${kind}) and no policy opens it for this host. An administrator can name its range under Policies.`,
  );
}

async function lookupOrRefuse(host: string, lookup: Lookup): Promise<string[]> {
  try {
    const found = await lookup(host);
    if (found.length > 0) return found;
  } catch (error) {
    throw new Refused(502, 'host_unknown', `The name ${host} was not found (${messageOf(error)}).`, error);
  }
  throw new Refused(502, 'host_unknown', `The name ${host} has no address.`);
}
