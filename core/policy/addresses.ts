import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { remembering } from '#core/remembering.ts';
import { parseRange, type Range, rangeHolds } from './ranges.ts';

/** What an address is for; only `public` is reachable without being named. */
export type AddressKind =
  | 'public'
  | 'metadata'
  | 'loopback'
  | 'unspecified'
  | 'private'
  | 'link-local'
  | 'carrier-nat'
  | 'multicast'
  | 'documentation'
  | 'translated'
  | 'reserved';

/** Where clouds hand out credentials to whoever can connect. Refused whatever a policy names. */
const metadata = [
  '169.254.169.254/32', // AWS, Google, Azure, Oracle, OpenStack and most others
  '169.254.170.2/32', // AWS ECS tasks
  '169.254.170.23/32', // AWS EKS pods
  '169.254.42.42/32', // Scaleway
  '100.100.100.200/32', // Alibaba
  '168.63.129.16/32', // Azure's wire server
  '192.0.0.192/32', // Oracle, classic
  'fd00:ec2::/32', // AWS: ::254 metadata, ::23 EKS
  'fd20:ce::254/128', // Google
  'fd00:42::42/128', // Scaleway
  'fe80::a9fe:a9fe/128', // OpenStack
].map(parseRange);

/** Prefixes whose addresses carry an IPv4 address that somebody on the way connects to; the byte where it starts. */
const carriers = [
  { range: parseRange('64:ff9b::/96'), at: 12 }, // NAT64, RFC 6052
  { range: parseRange('64:ff9b:1::/48'), at: 12 }, // NAT64 with a local prefix, RFC 8215
  { range: parseRange('2002::/16'), at: 2 }, // 6to4, RFC 3056
  { range: parseRange('::ffff:0:0:0/96'), at: 12 }, // SIIT, RFC 2765
  { range: parseRange('::/96'), at: 12 }, // IPv4-compatible, RFC 4291, deprecated; `::` and `::1` carry 0/8
  { range: parseRange('2001::/32'), at: 12, inverted: true }, // Teredo client, RFC 4380
];

/** Ranges of the IANA special-purpose registries (October 2025) that the library does not know or names otherwise. */
const special: ReadonlyArray<readonly [AddressKind, Range]> = [
  ...kind('loopback', ['127.0.0.0/8', '::1/128']),
  ...kind('unspecified', ['0.0.0.0/8', '::/128']),
  ...kind('documentation', [
    '192.0.2.0/24',
    '198.51.100.0/24',
    '203.0.113.0/24',
    '2001:db8::/32',
    '3fff::/20',
  ]),
  ...kind('translated', [
    '64:ff9b::/96',
    '64:ff9b:1::/48',
    '2002::/16',
    '2001::/32',
    '::ffff:0:0:0/96',
    '::/96',
  ]),
  ...kind('reserved', [
    '192.0.0.0/24',
    '198.18.0.0/15',
    '192.88.99.0/24',
    '240.0.0.0/4',
    '2001::/23',
    '5f00::/16',
  ]),
];

const libraryKinds: Partial<Record<string, AddressKind>> = {
  unicast: 'public',
  as112: 'public',
  as112v6: 'public',
  private: 'private',
  uniqueLocal: 'private',
  linkLocal: 'link-local',
  carrierGradeNat: 'carrier-nat',
  multicast: 'multicast',
};

const globalUnicast = parseRange('2000::/3');

/** What an address is for. Takes what a resolver answers; what is no address is `reserved`. */
export const classifyAddress = remembering(1_000, (address): AddressKind => {
  if (!isPlain(address)) return 'reserved';
  if (readings(address).some((one) => metadata.some((range) => rangeHolds(range, one)))) return 'metadata';
  const named = special.find(([, range]) => rangeHolds(range, address));
  if (named) return named[0];
  const parsed = ipaddr.process(address);
  const found = libraryKinds[parsed.range()] ?? 'reserved';
  return found === 'public' && parsed.kind() === 'ipv6' && !rangeHolds(globalUnicast, address)
    ? 'reserved'
    : found;
});

/**
 * May the proxy connect to this address? Public ones always; others only inside a range that policy opened for the
 * host. Never metadata, and never one of `own`: the egress host's addresses and Deckhand's endpoints. An address that
 * carries an IPv4 address (NAT64, 6to4, Teredo) needs its range opened *and* the carried address allowed.
 */
export function addressAllowed(
  address: string,
  opened: readonly Range[],
  own: readonly Range[] = [],
): boolean {
  if (!isPlain(address)) return false;
  const found = classifyAddress(address);
  if (found === 'metadata' || found === 'unspecified') return false;
  const every = readings(address);
  if (every.some((one) => own.some((range) => rangeHolds(range, one)))) return false;
  return every.every(
    (one) => classifyAddress(one) === 'public' || opened.some((range) => rangeHolds(range, one)),
  );
}

/** The address and, where it carries one, the IPv4 address that a translator would connect to. */
function readings(address: string): readonly string[] {
  const bytes = ipaddr.process(address).toByteArray();
  const carried = carriers
    .filter(({ range }) => rangeHolds(range, address))
    .map(({ at, inverted }) =>
      bytes
        .slice(at, at + 4)
        .map((byte) => (inverted ? byte ^ 0xff : byte))
        .join('.'),
    )
    .filter((carried) => !carried.startsWith('0.'));
  return [address, ...carried];
}

/** An address without a zone: `fe80::1%eth0` names an interface of the egress host. */
function isPlain(address: string): boolean {
  return isIP(address) !== 0 && !address.includes('%');
}

function kind(name: AddressKind, ranges: string[]): Array<readonly [AddressKind, Range]> {
  return ranges.map((range) => [name, parseRange(range)] as const);
}
