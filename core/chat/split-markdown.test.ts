import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import MarkdownIt from 'markdown-it';
import { splitMarkdown } from './split-markdown.ts';

/** By another reader of CommonMark: what follows stands outside of every fence. */
const isClosed = (part: string) => new MarkdownIt().render(`${part}\n\nEND`).endsWith('<p>END</p>\n');

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
      for (const part of parts)
        assert.ok(part.length <= max && part.isWellFormed(), `${part.length} > ${max}`);
      for (const part of parts) assert.ok(isClosed(part), part);
    }),
  );
});

test('a surrogate pair is never cut', () => {
  for (const part of splitMarkdown('🦀'.repeat(1000), 101)) assert.ok(part.isWellFormed());
});

test('a code block that is cut is closed, and opened again with its language', () => {
  const lines = Array.from({ length: 60 }, (_, n) => `line ${n}`);
  const parts = splitMarkdown(`Look:\n\n\`\`\`ts\n${lines.join('\n')}\n\`\`\`\n\nDone.`, 200);
  assert.ok(parts.length > 2);
  assert.ok(parts[1]?.startsWith('```ts\n'));
  const kept = parts
    .join('\n')
    .split('\n')
    .filter((line) => line.startsWith('line'));
  assert.deepEqual(kept, lines);
});

test('it cuts at an empty line before it cuts elsewhere, and closes what is never closed', () => {
  assert.deepEqual(splitMarkdown('one two\n\nthree four five', 22), ['one two', 'three four five']);
  const [first, second] = splitMarkdown(`${'a '.repeat(30)}\n\nb\nb\n${'c '.repeat(40)}`, 120);
  assert.equal(first, 'a '.repeat(30).trim());
  assert.match(second ?? '', /^b\nb\nc/);
  assert.deepEqual(splitMarkdown('```\nopen', 100), ['```\nopen\n```']);
});
