import ipaddr from 'ipaddr.js';
import { DeckhandError } from '#core/errors.ts';
import { remembering } from '#core/remembering.ts';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** Addresses with one prefix. `text` is its one spelling: `10.0.0.0/8`, for a single address the address alone. */
export interface Range {
  readonly text: string;
  readonly network: Address;
  readonly bits: number;
}

/**
 * Reads CIDR notation, `10.0.0.0/8` or `fd00::/8`; the bits after the prefix must be zero.
 * @throws {DeckhandError} `range_invalid`
 */
export function parseRange(text: string): Range {
  const written = /^(?<address>[0-9a-f:.]+)\/(?<bits>\d{1,3})$/i.exec(text)?.groups;
  const address = written?.address ?? '';
  if (!ipaddr.IPv4.isValidFourPartDecimal(address) && !ipaddr.IPv6.isValid(address)) throw invalid(text);
  const network = ipaddr.parse(address);
  const bits = Number(written?.bits);
  if (bits > (network.kind() === 'ipv4' ? 32 : 128)) throw invalid(text);
  const range = { text: `${spell(network)}/${bits}`, network, bits };
  // Mapped addresses are read as IPv4 everywhere, so such a range would silently hold nothing.
  if (!startsAt(range) || network.range() === 'ipv4Mapped') throw invalid(text);
  return range;
}

/** The range that holds exactly one address. An IPv4-mapped IPv6 address is its IPv4 address. */
export function rangeOf(address: string): Range {
  const network = ipaddr.process(address);
  return { text: spell(network), network, bits: network.kind() === 'ipv4' ? 32 : 128 };
}

/** Each request asks dozens of ranges about the same few addresses, and reading one costs more than all that. */
const addressOf = remembering<Address>(1_000, (text) => ipaddr.process(text));

/** Is the address (any spelling that `node:net` takes for one) inside? */
export function rangeHolds(range: Range, address: string): boolean {
  return holds(range, addressOf(address));
}

function holds(range: Range, address: Address): boolean {
  return address.kind() === range.network.kind() && address.match(range.network, range.bits);
}

/** RFC 5952 spelling for IPv6, dotted decimal for IPv4. */
function spell(address: Address): string {
  return address.toString();
}

function startsAt({ network, bits }: Omit<Range, 'text'>): boolean {
  return network
    .toByteArray()
    .every((byte, place) => (byte & (0xff >> Math.min(8, Math.max(0, bits - place * 8)))) === 0);
}

function invalid(text: string): DeckhandError {
  return new DeckhandError(
    'range_invalid',
    `${JSON.stringify(text)} is not a range of addresses. Right would be 10.0.0.0/8 or fd00::/8 (zeros after the prefix).`,
    { blame: 'asker' },
  );
}
