import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canonicalHost, hostMatches, hostPatternText, parseHostPattern } from './hosts.ts';

const spellings: Array<[string, string[]]> = [
  ['example.com', ['EXAMPLE.com', 'example.com.', 'ＥＸＡＭＰＬＥ。com', 'exa\u00ADmple.com']],
  ['xn--bcher-kva.de', ['bücher.de', 'BÜCHER.de.', 'xn--bcher-kva.de', 'bu\u0308cher.de']],
  [
    '127.0.0.1',
    ['127.1', '0x7f.1', '017700000001', '2130706433', '127.0.0.1.', '[::ffff:127.0.0.1]', '１２７.0.0.1'],
  ],
  ['2001:db8::1', ['[2001:DB8:0:0::1]', '2001:db8::0001', '[2001:db8::0.0.0.1]']],
];

for (const [one, others] of spellings) {
  test(`${others.join(' ')} are one host, ${one}`, () => {
    assert.deepEqual(
      others.map(canonicalHost),
      others.map(() => one),
    );
  });
}

test('what two readers could take for two hosts is refused', () => {
  const refused = [
    '',
    '.',
    'a..b',
    'example.com..',
    'a b',
    'a\tb',
    'a\nb',
    'user@host',
    'host/path',
    'host\\x',
    'a%2eb',
  ];
  const more = [
    'host:80',
    'a#b',
    'a?b',
    '[::1',
    '::1]',
    '[fe80::1%25eth0]',
    '256.1',
    '1.2.3.4.5',
    '*.a',
    'a*',
    'a\u0000b',
  ];
  const long = [`${'a'.repeat(64)}.com`, `${'a.'.repeat(127)}com`];
  for (const one of [...refused, ...more, ...long]) {
    assert.throws(() => canonicalHost(one), { code: 'host_invalid' }, JSON.stringify(one));
  }
});

const patterns: Array<[string, string[], string[]]> = [
  ['*', ['example.com', '10.0.0.1', '::1'], []],
  ['Example.com.', ['example.com'], ['a.example.com', 'xexample.com', 'example.com.evil.net']],
  ['*.example.com', ['a.example.com', 'b.a.example.com'], ['example.com', 'aexample.com', '10.0.0.1']],
  ['*.Bücher.de', ['a.xn--bcher-kva.de'], ['xn--bcher-kva.de', 'a.bucher.de']],
  ['10.0.0.0/8', ['10.1.2.3'], ['11.0.0.1', 'ten.example.com', 'fd00::1']],
  ['127.1', ['127.0.0.1'], ['127.0.0.2', 'localhost']],
  ['fd00::/8', ['fd12::1'], ['fe80::1', '10.0.0.1', 'fd.example.com']],
];

for (const [text, speaksOf, silent] of patterns) {
  test(`the pattern ${text} speaks of ${speaksOf.join(' ')} and not of ${silent.join(' ') || 'nothing'}`, () => {
    const pattern = parseHostPattern(text);
    assert.deepEqual(
      speaksOf.map((host) => hostMatches(pattern, host)),
      speaksOf.map(() => true),
    );
    assert.deepEqual(
      silent.map((host) => hostMatches(pattern, host)),
      silent.map(() => false),
    );
    assert.deepEqual(parseHostPattern(hostPatternText(pattern)), pattern);
  });
}

test('patterns that could mean two things are refused', () => {
  for (const one of [
    'a.*.b',
    '*a.b',
    '**',
    '*.',
    '*.10.0.0.1',
    '10.0.0.1/8',
    '10.0.0.0/33',
    '::ffff:10.0.0.0/104',
    '1/8',
  ]) {
    assert.throws(() => parseHostPattern(one), { name: 'DeckhandError' }, one);
  }
});
