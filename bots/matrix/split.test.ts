import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { splitMarkdown } from './split.ts';

const fences = (part: string) => part.match(/^(```|~~~)/gm)?.length ?? 0;

test('I10: a split loses no word, keeps to its size, and leaves no fence open', () => {
  const line = fc.oneof(
    fc.constantFrom('', '```', '```js', 'words and more words', '| a | b |', '# title'),
    fc.string({ maxLength: 300 }).map((text) => text.replaceAll(/[`~\n\r]/g, '')),
  );
  fc.assert(
    fc.property(fc.array(line, { maxLength: 80 }), fc.integer({ min: 100, max: 400 }), (lines, max) => {
      const parts = splitMarkdown(lines.join('\n'), max);
      const kept = parts.join('\n').replaceAll(/```(js)?|\s/g, '');
      assert.equal(kept, lines.join('').replaceAll(/```(js)?|\s/g, ''));
      for (const part of parts) assert.ok(part.length <= max + 4, `${part.length} > ${max}`);
      for (const part of parts.slice(0, -1)) assert.equal(fences(part) % 2, 0, part);
    }),
  );
});

test('a surrogate pair is never cut', () => {
  for (const part of splitMarkdown('🦀'.repeat(1000), 101)) assert.ok(part.isWellFormed());
});
