import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseEnvPaste } from './env-paste.ts';

const good: Array<[text: string, entries: Array<[string, string, number]>]> = [
  ['A=b', [['A', 'b', 1]]],
  [
    '\uFEFF# note\r\n\r\nexport A = b # why\r\nB=c#d',
    [
      ['A', 'b', 3],
      ['B', 'c#d', 4],
    ],
  ],
  [
    'A="b # c" # d\nB=\'$x \\n\'\nC=`"`',
    [
      ['A', 'b # c', 1],
      ['B', '$x \\n', 2],
      ['C', '"', 3],
    ],
  ],
  [
    'A="one\ntwo  \n# three"\nB=c',
    [
      ['A', 'one\ntwo  \n# three', 1],
      ['B', 'c', 4],
    ],
  ],
  ['A="say \\"hi\\" \\\\ \\n \\$x \\q"', [['A', 'say "hi" \\ \n $x \\q', 1]]],
  ['A=b=c==', [['A', 'b=c==', 1]]],
  ['', []],
];

for (const [text, entries] of good) {
  test(`${JSON.stringify(text)} is read`, () => {
    assert.deepEqual(
      parseEnvPaste(text),
      entries.map(([name, value, line]) => ({ name, value, line })),
    );
  });
}

const bad: Array<[text: string, says: RegExp]> = [
  ['A=b\nhunter2hunter2', /line 2: has no `=`/],
  ['A=', /line 1: A has no value/],
  ['A=""', /line 1: A has no value/],
  ['A= # b', /line 1: A has no value/],
  ['9A=b', /line 1: the name should be like GITHUB_TOKEN/],
  ['=b', /line 1: the name should be/],
  ['A B=c', /line 1: /],
  ['A="hunter2hunter2\nB=c', /line 1: A begins with " that is never closed/],
  ["A='hunter2' hunter3", /line 1: A has text after its closing '/],
  ['A=b\nB=c\nA=hunter2', /line 3: A was already set in line 1/],
];

for (const [text, says] of bad) {
  test(`${JSON.stringify(text)} is refused with its line and without its value`, () => {
    assert.throws(
      () => parseEnvPaste(text),
      (error: Error) => says.test(error.message) && !error.message.includes('hunter'),
    );
  });
}

test('all faults are named at once', () => {
  assert.throws(() => parseEnvPaste('x\nA=b\ny'), {
    code: 'env_invalid',
    message: /line 1: (.|\n)*line 3: /,
  });
});

test('any value in double quotes comes back as it was', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), (value) => {
      fc.pre(!value.includes('\r'));
      const quoted = value.replace(/[\\"]/g, '\\$&');
      assert.equal(parseEnvPaste(`A="${quoted}"`)[0]?.value, value);
    }),
  );
});
