import type { AttackGroup } from '../../attack.ts';
import type { NetworkArena } from '../arena.ts';
import { packetTo, type Trace, tries } from '../tries.ts';
import { ownAddress } from '../world/world.ts';

const hex = (address: string) => Buffer.from(address.split('.').map(Number)).toString('hex');

/** A packet to any of these is a success, also to those that an address is another spelling of. */
const toAny = (...addresses: string[]) => {
  const each = addresses.map((address) => packetTo(address));
  return (trace: Trace) => each.some((one) => one(trace));
};
const metadata = '169.254.169.254';
/** Policy allows the path `/literal` of any host: only the address itself is left to be judged. */
const literal = (name: string, host: string, ...wanted: string[]) =>
  tries(name, { python: () => `get('http://${host}/literal')`, success: toAny(...wanted) });
/** A host that policy allows, whose name server sends it there. */
const named = (name: string, address: string, zone = 'inside.test', how = 'at') =>
  tries(name, {
    python: (mark) => `get('http://${mark}.${how}-${hex(address)}.${zone}/')`,
    success: toAny(address),
  });
const named6 = (name: string, bits: string, ...wanted: string[]) =>
  tries(name, {
    python: (mark) => `get('http://${mark}.six-${bits}.inside.test/')`,
    success: toAny(...wanted),
  });
const zeros = (count: number) => '0'.repeat(count);

/** Addresses that are nobody's business in a sandbox: of the machine, of its cloud, of the network it stands in. */
export const addresses: AttackGroup<NetworkArena> = {
  name: 'addresses',
  harm: 'escape',
  control: named('a private address that policy opens', '10.50.0.7', 'lab.test'),
  attacks: [
    literal('metadata', metadata, metadata),
    literal('metadata as one number', '2852039166', metadata),
    literal('metadata in hex', '0xa9fea9fe', metadata),
    literal('metadata in octal', '0251.0376.0251.0376', metadata),
    literal('metadata in two parts', '169.16689662', metadata),
    literal('metadata mapped to IPv6', '[::ffff:169.254.169.254]', metadata, '::ffff:169.254.169.254'),
    literal('metadata through NAT64', '[64:ff9b::a9fe:a9fe]', '64:ff9b::a9fe:a9fe', metadata),
    literal('metadata through 6to4', '[2002:a9fe:a9fe::1]', '2002:a9fe:a9fe::1', metadata),
    literal('metadata of IPv6', '[fd00:ec2::254]', 'fd00:ec2::254'),
    literal('metadata in full-width digits', '%EF%BC%91%EF%BC%96%EF%BC%99.254.169.254', metadata),
    named('metadata by name', metadata),
    named('metadata although policy opens its network', metadata, 'cloud.test'),
    named('metadata by another name', metadata, 'inside.test', 'alias'),
    named('metadata by TCP alone', metadata, 'inside.test', 'long'),
    named("another cloud's metadata", '100.100.100.200'),
    named("a third cloud's metadata", '168.63.129.16'),
    named6(
      'metadata mapped, by name',
      `${zeros(20)}ffff${hex(metadata)}`,
      metadata,
      '::ffff:169.254.169.254',
    ),
    literal('loopback', '127.0.0.1', '127.0.0.1'),
    literal('loopback, short', '127.1', '127.0.0.1'),
    literal('loopback of IPv6', '[::1]', '::1'),
    literal('no address', '0.0.0.0', '0.0.0.0', '127.0.0.1'),
    literal('no address, short', '0', '0.0.0.0', '127.0.0.1'),
    literal('no address of IPv6', '[::]', '::', '::1'),
    literal('localhost', 'localhost', '127.0.0.1', '::1'),
    named('loopback by name', '127.0.0.1'),
    named('elsewhere on loopback by name', '127.8.8.8'),
    named('loopback although policy opens its network', '127.0.0.1', 'here.test'),
    named6('loopback of IPv6 by name', `${zeros(31)}1`, '::1'),
    named("this machine's own address by name", ownAddress),
    named("this machine's own address although policy opens its network", ownAddress, 'lab.test'),
    literal("this machine's own address", ownAddress, ownAddress),
    literal("the engine's bridge", '172.17.0.1:2375', '172.17.0.1'),
    named('a private network', '192.168.1.1'),
    named('a private address that policy opens for another host', '10.50.0.7'),
    named("a carrier's network", '100.64.0.1'),
    named('link-local', '169.254.7.7'),
    named('everybody', '255.255.255.255'),
    named('a group', '224.0.0.251'),
    named6('unique local', `fd00${zeros(27)}1`, 'fd00::1'),
    named6('link-local of IPv6', `fe80${zeros(27)}1`, 'fe80::1'),
    named6('a private address through NAT64', `0064ff9b${zeros(16)}0a320007`, '64:ff9b::a32:7', '10.50.0.7'),
    literal('with a zone', '[fe80::1%25lo]', 'fe80::1'),
    named('one good answer, one bad', '192.168.1.1', 'inside.test', 'two'),
    named('the last of many answers', '192.168.1.1', 'inside.test', 'many'),
    tries('IPv4 good, IPv6 bad', {
      python: (mark) => `get('http://${mark}.both-fd00${zeros(27)}9.inside.test/')`,
      success: toAny('fd00::9'),
    }),
    tries('its database', {
      python: () => `get('http://${ownAddress}:5432/literal'); get('http://127.0.0.1:5432/literal')`,
      success: ({ seen }) =>
        packetTo(ownAddress)({ seen } as Trace) || seen.some((one) => one.kind === 'bytes'),
    }),
  ],
};
