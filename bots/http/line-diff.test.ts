import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { diffOf } from './line-diff.ts';

const side = (before: string, after: string, op: 'in' | 'out') =>
  diffOf(before, after)
    .lines.filter((line) => line.op !== op)
    .map(({ text }) => text)
    .join('\n');

test('what stays and what goes out is the old document, what stays and what comes in the new one', () => {
  const text = fc
    .array(fc.constantFrom('a', 'b', 'c: 1', ''), { minLength: 1 })
    .map((lines) => `${lines.join('\n')}\n`);
  fc.assert(
    fc.property(text, text, (before, after) => {
      assert.equal(`${side(before, after, 'in')}\n`, before);
      assert.equal(`${side(before, after, 'out')}\n`, after);
    }),
  );
});

test('an empty document has no lines', () => {
  assert.deepEqual(diffOf('', ''), { lines: [], out: 0, in: 0 });
  assert.deepEqual(diffOf('', 'a\n').lines, [{ op: 'in', text: 'a' }]);
});
