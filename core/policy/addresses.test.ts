import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type AddressKind, addressAllowed, classifyAddress } from './addresses.ts';
import { parseRange } from './ranges.ts';

/** The IANA IPv4 and IPv6 special-purpose registries, a member or an edge of each entry, and what is next to them. */
const table: Array<[AddressKind, string[]]> = [
  ['public', ['1.1.1.1', '9.255.255.255', '11.0.0.0', '172.15.255.255', '172.32.0.0', '100.63.255.255']],
  ['public', ['100.128.0.0', '192.31.196.1', '192.175.48.1', '2606:4700::1111', '2a00::1', '::ffff:1.1.1.1']],
  ['unspecified', ['0.0.0.0', '0.1.2.3', '::', '::ffff:0.0.0.0']],
  ['loopback', ['127.0.0.1', '127.255.255.255', '::1', '::ffff:127.0.0.1']],
  [
    'private',
    ['10.0.0.0', '10.255.255.255', '172.16.0.1', '172.31.255.255', '192.168.1.1', 'fc00::1', 'fdff::1'],
  ],
  ['private', ['::ffff:10.0.0.1', '::ffff:c0a8:1']],
  ['link-local', ['169.254.0.1', '169.254.255.255', 'fe80::1', 'febf::1']],
  ['carrier-nat', ['100.64.0.0', '100.127.255.255']],
  ['multicast', ['224.0.0.1', '239.255.255.255', 'ff02::1']],
  ['documentation', ['192.0.2.1', '198.51.100.7', '203.0.113.255', '2001:db8::1', '3fff::1']],
  [
    'translated',
    ['64:ff9b::101:101', '64:ff9b:1::1', '2002:101:101::1', '2001::1', '::ffff:0:101:101', '::101:101'],
  ],
  ['reserved', ['192.0.0.1', '192.88.99.1', '198.18.0.1', '198.19.255.255', '240.0.0.1', '255.255.255.255']],
  [
    'reserved',
    ['100::1', '100:0:0:1::1', '2001:2::1', '2001:20::1', '5f00::1', 'fec0::1', '4000::1', '1::1'],
  ],
  ['reserved', ['fe80::1%eth0', 'not an address', '']],
  ['metadata', ['169.254.169.254', '169.254.170.2', '100.100.100.200', '168.63.129.16', 'fd00:ec2::254']],
  ['metadata', ['::ffff:169.254.169.254', '64:ff9b::a9fe:a9fe', '2002:a9fe:a9fe::', '::ffff:0:a9fe:a9fe']],
  ['metadata', ['::a9fe:a9fe', 'fe80::a9fe:a9fe', '2001:0:1:2:3:4:5601:5601', '64:ff9b:1::a9fe:a9fe']],
];

for (const [kind, addresses] of table) {
  test(`${addresses.join(' ')} is ${kind}`, () => {
    assert.deepEqual(
      addresses.map(classifyAddress),
      addresses.map(() => kind),
    );
    assert.deepEqual(
      addresses.map((one) => addressAllowed(one, [])),
      addresses.map(() => kind === 'public'),
    );
  });
}

test('a range that policy opened admits its addresses and no others', () => {
  const office = [parseRange('10.20.0.0/16'), parseRange('fd12:3456::/32')];
  const tried = ['10.20.1.1', '::ffff:10.20.1.1', 'fd12:3456::7', '10.21.0.1', 'fd12:3457::1', '127.0.0.1'];
  assert.deepEqual(
    tried.map((one) => addressAllowed(one, office)),
    [true, true, true, false, false, false],
  );
  assert.equal(addressAllowed('::1', [parseRange('::1/128')]), true);
});

test('metadata and unspecified addresses are refused whatever is opened', () => {
  const everything = [parseRange('0.0.0.0/0'), parseRange('::/0')];
  const refused = table.filter(([kind]) => kind === 'metadata' || kind === 'unspecified');
  for (const one of refused.flatMap(([, list]) => list))
    assert.equal(addressAllowed(one, everything), false, one);
  assert.equal(addressAllowed('fe80::1%eth0', everything), false);
});

test("the egress host's own addresses are refused in every spelling, whatever is opened", () => {
  const own = [parseRange('203.0.113.9/32'), parseRange('2606:4700::9/128')];
  const everything = [parseRange('0.0.0.0/0'), parseRange('::/0')];
  for (const one of [
    '203.0.113.9',
    '::ffff:203.0.113.9',
    '64:ff9b::cb00:7109',
    '2002:cb00:7109::',
    '2606:4700:0::9',
  ]) {
    assert.equal(addressAllowed(one, everything, own), false, one);
  }
});

test('a translated address needs its own range and the address it carries', () => {
  const nat64 = [parseRange('64:ff9b::/96')];
  assert.equal(addressAllowed('64:ff9b::101:101', nat64), true);
  assert.equal(addressAllowed('64:ff9b::a00:1', nat64), false);
  assert.equal(addressAllowed('64:ff9b::a00:1', [...nat64, parseRange('10.0.0.0/8')]), true);
});

test('any IPv4 address is judged alike bare and mapped', () => {
  const v4 = fc.ipV4();
  fc.assert(fc.property(v4, (one) => classifyAddress(one) === classifyAddress(`::ffff:${one}`)));
});

test('classifying is total: any text has a kind', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.ipV6(), fc.ipV4()), (one) => classifyAddress(one).length > 0),
  );
});
