import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addRule } from './add-rule.ts';
import { decide } from './decide.ts';
import { defaultSystemPolicy } from './default-system.ts';
import { parsePolicy } from './parse.ts';
import { canonicalRequest } from './request.ts';

const place = { layer: 'system', version: 1 } as const;
const rule = '{ effect: allow, host: a.example, methods: [GET] }';
const effectOf = (text: string, authority: string, method = 'GET') =>
  decide(canonicalRequest({ method, scheme: 'https', authority, target: '/' }), {
    system: parsePolicy(text, place),
  }).effect;

test('a rule that is added speaks, and nothing else changes', () => {
  const documents = [
    defaultSystemPolicy,
    'format: 1',
    'format: 1\nrules: []\n',
    '{"format": 1, "rules": [{"effect": "ask", "host": "*"}]}',
    'format: 1\nrules:\n  - { effect: deny, host: b.example }\n  # All of these ask.\n  - { effect: ask, host: "*.example" }\n',
  ];
  for (const document of documents) {
    const added = addRule(document, rule, place);
    assert.equal(effectOf(added, 'a.example'), 'allow', document);
    for (const [host, method] of [
      ['a.example', 'POST'],
      ['b.example', 'GET'],
      ['c.example', 'GET'],
    ] as const) {
      assert.equal(effectOf(added, host, method), effectOf(document, host, method), `${host} in ${document}`);
    }
    for (const comment of document.match(/# .*/g) ?? []) assert.ok(added.includes(comment), comment);
  }
});

test('a rule is not added round a denial that would have come later', () => {
  const document =
    'format: 1\nrules:\n  - { effect: ask, host: "*.example", methods: GET }\n  - { effect: deny, host: "*.example", paths: /admin }\n';
  assert.throws(() => addRule(document, rule, place), {
    code: 'policy_invalid',
    message: /would stand before “deny \*\.example\/admin”/,
  });
  assert.equal(effectOf(addRule(document, '{ effect: allow, host: b.test }', place), 'b.test'), 'allow');
});

test('what is no rule is refused', () => {
  for (const text of [
    '',
    'allow',
    '{ effect: allow, host: "a b" }',
    '[1, 2]',
    '{ effect: allow, host: a.b, ranges: x }',
  ])
    assert.throws(() => addRule('format: 1\n', text, place), { code: 'policy_invalid' }, text);
});
