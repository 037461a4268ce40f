import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listLimits, readTools } from './read-tools.ts';
import { plainTool } from './testing/hostile-server.ts';

const nested = (depth: number): object =>
  depth === 0 ? { type: 'string' } : { type: 'object', properties: { a: nested(depth - 1) } };

const faulty: [what: string, tool: unknown, says: RegExp][] = [
  ['no object', 'echo', /a tool without a name is left out/],
  ['no name', { inputSchema: { type: 'object' } }, /a tool without a name is left out/],
  ['a name that no model knows', plainTool('a b'), /"a b" is left out: its name is not made of/],
  ['a name of 43 characters', plainTool('a'.repeat(43)), /its name is not made of at most 42/],
  ['a name that hides something', plainTool('a\u202eb'), /"a<U\+202E>b" is left out/],
  ['no schema', { name: 'a' }, /"a" is left out: its arguments are not described by a schema/],
  ['a schema of a text', { name: 'a', inputSchema: { type: 'string' } }, /by a schema of an object/],
  [
    'a schema of 1 MB',
    plainTool('a', { inputSchema: { type: 'object', description: 'x'.repeat(1_000_000) } }),
    /its schema has 10000\d\d bytes, at most 16384 are taken/,
  ],
  ['a schema without an end', plainTool('a', { inputSchema: nested(20) }), /nested more than 16 deep/],
  [
    'a type that there is not',
    plainTool('a', { inputSchema: { type: 'object', properties: { b: { type: 'text' } } } }),
    /there is no type "text"/,
  ],
  [
    'properties that are no schemas',
    plainTool('a', { inputSchema: { type: 'object', properties: { b: 'text' } } }),
    /"text"|is no schema/,
  ],
  [
    'a reference to somewhere else',
    plainTool('a', { inputSchema: { type: 'object', properties: { b: { $ref: 'https://evil.test/' } } } }),
    /it refers to something outside of itself/,
  ],
  [
    'names that are none',
    plainTool('a', { inputSchema: { type: 'object', required: 'b' } }),
    /required is no list of names/,
  ],
];

for (const [what, tool, says] of faulty) {
  test(`a tool with ${what} is left out and told, and the others stay`, () => {
    const { tools, notes } = readTools([tool, plainTool('sound')]);
    assert.deepEqual(
      tools.map(({ name }) => name),
      ['sound'],
    );
    assert.match(notes.join('\n'), says);
  });
}

test('of two tools with one name the first is taken, and the other told', () => {
  const { tools, notes } = readTools([plainTool('a'), plainTool('a', { description: 'the other' })]);
  assert.deepEqual(
    tools.map(({ description }) => description),
    ['does a'],
  );
  assert.match(notes.join(), /"a" is listed twice; the first one is taken/);
});

test('of more tools than a model can be shown, the first are taken', () => {
  const { tools, notes } = readTools(Array.from({ length: 500 }, (_, index) => plainTool(`t${index}`)));
  assert.equal(tools.length, listLimits.tools);
  assert.deepEqual(notes, ['it lists more than 128 tools; the rest is left out']);
});

test('faults are told up to a dozen, then counted', () => {
  const { notes } = readTools(Array.from({ length: 30 }, () => ({})));
  assert.equal(notes.length, 13);
  assert.equal(notes.at(-1), 'and 18 faults more');
});

test('descriptions show what would hide in them, and have an end', () => {
  const [tool] = readTools([plainTool('a', { description: `x\u200b${'y'.repeat(5000)}` })]).tools;
  assert.match(tool?.description ?? '', /^x<U\+200B>y/);
  assert.ok((tool?.description.length ?? 0) <= listLimits.descriptionChars + 1);
});

test('a tool is another one when anything that its server says of it is', () => {
  const print = (more: object) => readTools([plainTool('a', more)]).tools[0]?.print;
  const all = [
    {},
    { description: 'other' },
    { inputSchema: { type: 'object', properties: {} } },
    { annotations: { readOnlyHint: true } },
    { annotations: { idempotentHint: true } },
  ].map(print);
  assert.equal(new Set(all).size, all.length);
  assert.equal(print({}), print({ title: 'for people' }));
});
