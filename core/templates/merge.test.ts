import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TemplateLayer } from './document.ts';
import { maySkill, mergeTemplate, type Template, toolStanding } from './merge.ts';
import { parseTemplate } from './parse.ts';

/** Layers given from the system's down; a missing one says nothing. */
function merged(system: string, workspace = '', user = '') {
  const texts: [TemplateLayer, string][] = [
    ['system', system],
    ['workspace', workspace],
    ['user', user],
  ];
  return mergeTemplate(
    'it',
    texts.map(([layer, text]) => parseTemplate(`format: 1\n${text}`, { layer, version: 1 })),
  );
}

type Row = [
  rule: string,
  layers: [string, string?, string?],
  found: (template: Template) => unknown,
  unknown,
];

const table: Row[] = [
  ['about: the lowest word', ['about: a', 'about: b'], ({ about }) => about, 'b'],
  [
    'instructions: all of them, the upper ones first',
    ['instructions: a', '', 'instructions: c'],
    ({ instructions }) => instructions.map(({ layer, text }) => `${layer} ${text}`),
    ['system a', 'user c'],
  ],
  ['models: nobody says anything', [''], ({ models }) => models, null],
  [
    'models: the lower chooses and orders',
    ['model: {use: [a:1, b:2, c:3]}', 'model: {use: [c:3, a:1]}'],
    ({ models }) => models,
    ['c:3', 'a:1'],
  ],
  [
    'models: the lower adds none',
    ['model: {use: [a:1]}', 'model: {use: [b:2, a:1]}'],
    ({ models }) => models,
    ['a:1'],
  ],
  [
    'models: none in common leaves the upper',
    ['model: {use: [a:1]}', 'model: {use: [b:2]}'],
    ({ models }) => models,
    ['a:1'],
  ],
  [
    'models: the lower may choose freely where the upper is silent',
    ['', 'model: {use: [b:2]}'],
    ({ models }) => models,
    ['b:2'],
  ],
  [
    'effort: the lowest word',
    ['model: {effort: low}', '', 'model: {effort: high}'],
    ({ effort }) => effort,
    'high',
  ],
  [
    'effort: not above the limit',
    ['limits: {effort: medium}', '', 'model: {effort: high}'],
    ({ effort }) => effort,
    'medium',
  ],
  [
    'effort: a lower limit binds too',
    ['model: {effort: high}', 'limits: {effort: low}'],
    ({ effort }) => effort,
    'low',
  ],
  [
    'limits: a lower one narrows',
    ['limits: {steps: 20, cost: 5}', 'limits: {steps: 10}'],
    ({ limits }) => limits,
    { steps: 10, minutes: null, tokens: null, cost: 5 },
  ],
  [
    'limits: a higher one does not widen',
    ['limits: {steps: 20}', 'limits: {steps: 100}', 'limits: {steps: 50}'],
    ({ limits }) => limits.steps,
    20,
  ],
  ['image: the uppermost word', ['', 'image: b:1', 'image: c:1'], ({ image }) => image, 'b:1'],
  ['image: not a user’s own', ['', '', 'image: c:1'], ({ image }) => image, null],
  [
    'workspace: fresh cannot be undone',
    ['workspace: fresh', 'workspace: persistent'],
    ({ workspace }) => workspace,
    'fresh',
  ],
  [
    'workspace: any layer may ask for fresh',
    ['', '', 'workspace: fresh'],
    ({ workspace }) => workspace,
    'fresh',
  ],
  [
    'save: any layer may ask for each turn, none takes it back',
    ['', 'save: turn', 'save: idle'],
    ({ save }) => save,
    'turn',
  ],
  ['tools: all, where nobody lists any', [''], (it) => toolStanding(it, 'exec_command'), 'yes'],
  [
    'tools: what is not on an upper list stays out',
    ['tools: {allow: [read_file]}', 'tools: {allow: [read_file, exec_command]}'],
    (it) => toolStanding(it, 'exec_command'),
    'no',
  ],
  [
    'tools: what a lower list leaves out is out',
    ['tools: {allow: [read_file, exec_command]}', '', 'tools: {allow: [read_file]}'],
    (it) => toolStanding(it, 'exec_command'),
    'no',
  ],
  [
    'tools: a denial by anybody stands',
    ['', 'tools: {deny: [exec_command]}', 'tools: {allow: [exec_command]}'],
    (it) => toolStanding(it, 'exec_command'),
    'no',
  ],
  [
    'tools: asking first cannot be undone',
    ['tools: {ask: [exec_command]}', 'tools: {allow: [exec_command]}'],
    (it) => toolStanding(it, 'exec_command'),
    'ask',
  ],
  [
    "tools: a star means a server's tools and no other's",
    ['tools: {allow: [github__*]}'],
    (it) => [
      toolStanding(it, 'github__search'),
      toolStanding(it, 'githubx__search'),
      toolStanding(it, 'read_file'),
    ],
    ['yes', 'no', 'no'],
  ],
  [
    'skills: only those on every list',
    ['skills: [a, b]', 'skills: [b, c]'],
    (it) => ['a', 'b', 'c'].map((skill) => maySkill(it, skill)),
    [false, true, false],
  ],
  [
    'policy: each narrows by itself',
    [
      'policy: {format: 1, rules: [{effect: deny, host: a.b}]}',
      'policy: {format: 1, rules: [{effect: allow, host: a.b}]}',
    ],
    ({ policies }) => policies.map(({ layer, rules }) => `${layer} ${rules[0]?.effect}`),
    ['template deny', 'template allow'],
  ],
];

for (const [rule, layers, found, expected] of table) {
  test(`layers: ${rule}`, () => assert.deepEqual(found(merged(...layers).template), expected));
}

test('what a lower layer asks for and does not get is told, and nothing else', () => {
  const { notes } = merged(
    'limits: {steps: 20, effort: low}\nmodel: {use: [a:1]}\nimage: x:1',
    'limits: {steps: 10}\nmodel: {use: [a:1]}\nimage: x:1',
    'limits: {steps: 30}\nmodel: {use: [b:2], effort: high}\nimage: y:1',
  );
  assert.deepEqual(notes, [
    'user: limits.steps 30 has no effect, 10 is set above it',
    'user: image y:1 has no effect, x:1 is set above it',
    'user: model b:2 has no effect, it is not among a:1',
    'user: model.effort high has no effect beyond low, the limit',
  ]);
});
