import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LayerName } from './document.ts';
import { parsePolicy } from './parse.ts';

const read = (text: string, layer: LayerName = 'system', ranges: string[] = []) =>
  parsePolicy(text, { layer, version: 1, ranges });

const faulty: Array<[says: RegExp, text: string, layer?: LayerName]> = [
  [/line 1: format should be 1/, 'format: 2'],
  [/line 1: the document should begin with `format: 1`/, ''],
  [/line 1: the document should begin with `format: 1`/, '- a'],
  [/line 2: preset should be one of none, allowlist, intranet, internet/, 'format: 1\npreset: open'],
  [/line 2: rulez is not a word/, 'format: 1\nrulez: []'],
  [
    /line 3: rules\[1\]\.effect should be allow, ask or deny/,
    'format: 1\nrules:\n  - effect: alow\n    host: a.b',
  ],
  [
    /line 4: rules\[1\]\.host "a b" is not a host\. Right/,
    'format: 1\nrules:\n  - effect: allow\n    host: a b',
  ],
  [
    /line 4: rules\[1\]\.methods\[2\] .*\[GET, HEAD\]/,
    'format: 1\nrules:\n  - {effect: ask, host: a.b,\n     methods: [GET, get]}',
  ],
  [
    /line 3: rules\[1\]\.ports should be a port up to 65535/,
    'format: 1\nrules:\n  - {effect: ask, host: a.b, ports: 70000}',
  ],
  [
    /line 3: rules\[1\]\.paths .*such as \/repos/,
    'format: 1\nrules:\n  - {effect: ask, host: a.b, paths: repos}',
  ],
  [
    /line 3: rules\[1\]\.paths has \*\* inside/,
    'format: 1\nrules:\n  - {effect: ask, host: a.b, paths: /x**}',
  ],
  [
    /line 3: rules\[1\]\.ranges lab is not defined; the ranges are office/,
    'format: 1\nranges: {office: 10.0.0.0/8}\nrules: [{effect: allow, host: a.b, ranges: lab}]',
  ],
  [/line 2: ranges\.office "10\.1\.0\.0\/8" is not a range/, 'format: 1\nranges: {office: 10.1.0.0/8}'],
  [/line 2: ranges only the system policy/, 'format: 1\nranges: {office: 10.0.0.0/8}', 'workspace'],
  [
    /line 2: rules\[1\]\.ranges only the system and workspace/,
    'format: 1\nrules: [{effect: allow, host: a.b, ranges: office}]',
    'user',
  ],
  [/line 2: domains only the system and workspace/, 'format: 1\ndomains: corp.example', 'template'],
  [
    /line 2: rules\[1\]\.passthrough .*leave methods and paths out/,
    'format: 1\nrules: [{effect: allow, host: a.b, passthrough: true, methods: GET}]',
  ],
  [/line 3: Map keys must be unique/, 'format: 1\npreset: none\npreset: internet'],
];

for (const [says, text, layer] of faulty) {
  test(`a mistake is named with its line: ${says.source}`, () => {
    assert.throws(() => read(text, layer, ['office']), { code: 'policy_invalid', message: says });
  });
}

test('all mistakes are named at once', () => {
  const text = 'format: 1\npreset: x\nrules:\n  - {effect: deny, host: 3}\n  - {effect: deny}';
  assert.throws(() => read(text), { message: /line 2: (.|\n)*line 4: (.|\n)*line 5: / });
});

test('JSON and YAML say the same, one value or a list of one', () => {
  const yaml = 'format: 1\nrules:\n  - {effect: allow, host: a.b, methods: GET, ports: 443}';
  const json = '{"format":1,"rules":[{"effect":"allow","host":["a.b"],"methods":["GET"],"ports":[443]}]}';
  assert.deepEqual(read(yaml), read(json));
});

test('a small text cannot become a huge document', () => {
  const bomb = [
    'a: &a [x,x,x,x,x,x,x,x,x]',
    ...'bcdefgh'
      .split('')
      .map((name, at) => `${name}: &${name} [${Array(9).fill(`*${'abcdefg'[at]}`).join()}]`),
  ];
  assert.throws(() => read(`format: 1\n${bomb.join('\n')}`), { code: 'policy_invalid' });
});
