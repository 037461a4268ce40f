import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DeckhandError } from '#core/errors.ts';
import { parseTemplate } from './parse.ts';
import { shippedTemplates } from './shipped.ts';

const read = (text: string) => parseTemplate(text, { layer: 'system', version: 1 });

const faulty: [says: RegExp, text: string][] = [
  [/line 1: the document should begin with `format: 1`/, ''],
  [/line 1: format should be 1/, 'format: 2'],
  [/line 2: instruction is not a word that templates know/, 'format: 1\ninstruction: x'],
  [/line 2: a is not a word .*\nline 3: b is not a word /, 'format: 1\na: x\nb: x'],
  [/line 3: limits\.step is not a word/, 'format: 1\nlimits:\n  step: 4'],
  [/line 3: limits\.steps should be a whole number/, 'format: 1\nlimits:\n  steps: 1.5'],
  [/line 3: limits\.cost should be more than 0/, 'format: 1\nlimits:\n  cost: 0'],
  [/line 3: model\.effort should be one of minimal, low, medium, high/, 'format: 1\nmodel:\n  effort: max'],
  [
    /line 3: model\.use\[2\] should be provider:model, such as openai/,
    'format: 1\nmodel:\n  use: [a:b, gpt]',
  ],
  [
    /line 3: tools\.allow\[1\] is no tool; Deckhand's own are exec_command/,
    'format: 1\ntools:\n  allow: [exec]',
  ],
  [
    /line 3: tools\.allow\[1\] also stands under deny/,
    'format: 1\ntools:\n  allow: [read_file]\n  deny: [read_file]',
  ],
  [/line 2: skills\[1\] should be a name such as/, 'format: 1\nskills: [../x]'],
  [/line 3: mcp\.it should say url or command/, 'format: 1\nmcp:\n  it: {}'],
  [/line 3: mcp\.it should say url or command/, 'format: 1\nmcp:\n  it:'],
  [/line 3: mcp\.My_Server should be a name such as/, 'format: 1\nmcp:\n  My_Server: {command: x}'],
  [/line 4: mcp\.it\.url should be an address such as/, 'format: 1\nmcp:\n  it:\n    url: ftp://a.test/'],
  [
    /line 4: mcp\.it\.url should hold no user, no password/,
    'format: 1\nmcp:\n  it:\n    url: https://u:p@a.test/',
  ],
  [
    /line 4: mcp\.it\.command stands beside url; a server is reached in one way/,
    'format: 1\nmcp:\n  it: {url: https://a.test/,\n    command: x}',
  ],
  [/line 4: mcp\.it\.secret goes with url/, 'format: 1\nmcp:\n  it: {command: x,\n    secret: A}'],
  [
    /line 4: mcp\.it\.approval should be never, ask-unless-read-only, ask/,
    'format: 1\nmcp:\n  it: {command: x,\n    approval: maybe}',
  ],
  [
    /line 5: mcp\.it\.approvals\.drop should be never/,
    'format: 1\nmcp:\n  it: {command: x,\n    approvals: {\n      drop: yes}}',
  ],
  [
    /line 4: mcp\.it\.timeout should be at most 600/,
    'format: 1\nmcp:\n  it: {command: x,\n    timeout: 900}',
  ],
  [/line 4: mcp\.it\.tool is not a word/, 'format: 1\nmcp:\n  it: {command: x,\n    tool: [a]}'],
  [
    /line 4: mcp\.it\.tools\[2\] should be the name of one of its tools, without the server/,
    'format: 1\nmcp:\n  it: {command: x,\n    tools: [a, "it a"]}',
  ],
  [/line 2: workspace should be persistent or fresh/, 'format: 1\nworkspace: new'],
  [
    /line 4: policy\.ranges only the system policy/,
    'format: 1\npolicy:\n  format: 1\n  ranges: {a: 10.0.0.0/8}',
  ],
  [
    /line 4: policy\.rules\[1\]\.effect should be allow, ask or deny/,
    'format: 1\npolicy:\n  format: 1\n  rules: [{effect: no, host: a.b}]',
  ],
  [/line 3: .*unique/, 'format: 1\nabout: a\nabout: b'],
  [/line 1: .*alias/i, 'format: &a 1\nabout: *b'],
];

for (const [says, text] of faulty) {
  test(`a mistake is named with its line and what would be right: ${says.source}`, () => {
    assert.throws(
      () => read(text),
      (error: unknown) => {
        assert.ok(error instanceof DeckhandError && error.code === 'template.invalid');
        assert.match(error.message, says);
        return true;
      },
    );
  });
}

test('all mistakes are named at once', () => {
  assert.throws(
    () => read('format: 1\nlimits: {steps: 0, minutes: x}\nabout: 3'),
    (error: Error) => {
      assert.equal(error.message.split('\n').length, 4);
      return true;
    },
  );
});

test('a document that names itself grows no larger', () => {
  const bomb = [
    'a0: &a0 [x, x]',
    ...Array.from({ length: 30 }, (_, n) => `a${n + 1}: &a${n + 1} [*a${n}, *a${n}]`),
  ];
  assert.throws(() => read(`format: 1\n${bomb.join('\n')}`), { code: 'template.invalid' });
});

test('JSON and YAML say the same', () => {
  const yaml = read('format: 1\ntools: {ask: [write_file]}').document;
  assert.deepEqual(read('{"format": 1, "tools": {"ask": ["write_file"]}}').document, yaml);
});

test('assistant, infra and research are shipped and sound', () => {
  assert.deepEqual([...shippedTemplates.keys()], ['assistant', 'infra', 'research']);
  for (const text of shippedTemplates.values()) assert.ok(read(text).document.about);
});

test('only administrators say which server is trusted', () => {
  const text = 'format: 1\nmcp:\n  it: {command: x, trusted: true}';
  parseTemplate(text, { layer: 'workspace', version: 1 });
  assert.throws(
    () => parseTemplate(text, { layer: 'user', version: 1 }),
    /line 3: mcp\.it\.trusted is for administrators to say/,
  );
});
