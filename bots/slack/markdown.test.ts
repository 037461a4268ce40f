import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { splitMarkdown, withoutPings } from './markdown.ts';

const fences = (text: string): number => (text.match(/^(```|~~~)/gm) ?? []).length;

test('what fits is one part, as it was written', () => {
  const text = '# Head\n\nA *word* and `code`.\n\n- one\n- two\n\n```js\nlet x;\n```';
  assert.deepEqual(splitMarkdown(text, 1_000), [text]);
});

test('a cut falls between blocks, and a fence that must be cut is closed and opened again', () => {
  const lines = Array.from({ length: 40 }, (_, n) => `line ${n}`);
  const text = `Before.\n\n\`\`\`sh\n${lines.join('\n')}\n\`\`\`\n\nAfter.`;
  const parts = splitMarkdown(text, 120);
  assert.ok(parts.length > 2);
  for (const part of parts) {
    assert.ok(part.length <= 120, `${part.length}`);
    assert.equal(fences(part) % 2, 0, part);
  }
  assert.match(parts[1] ?? '', /^```sh\n/);
  assert.deepEqual(
    parts
      .join('\n')
      .split('\n')
      .filter((line) => line.startsWith('line')),
    lines,
  );
});

test('a fence that nobody closed is closed', () => {
  assert.equal(splitMarkdown('```\nopen', 100)[0], '```\nopen\n```');
});

test('a table becomes aligned text', () => {
  const [part] = splitMarkdown('| name | size |\n|---|--:|\n| `db-2` | 12 |\n| files | 1 |', 1_000);
  assert.equal(part, '```\nname    size\n──────  ────\n`db-2`  12\nfiles   1\n```');
});

test('a character of two halves is never cut in the middle', () => {
  for (const part of splitMarkdown('🙂'.repeat(100), 31)) assert.equal(part, part.toWellFormed());
});

test('I10: whatever is split, no word is lost and no part is too long', () => {
  const word = fc.stringMatching(/^[a-zäöü0-9]{1,12}$/u);
  const line = fc.array(word, { minLength: 1, maxLength: 12 }).map((words) => words.join(' '));
  const block = fc.oneof(
    line,
    fc.array(line, { minLength: 1, maxLength: 8 }).map((lines) => lines.map((one) => `- ${one}`).join('\n')),
    fc.array(line, { minLength: 1, maxLength: 12 }).map((lines) => `\`\`\`\n${lines.join('\n')}\n\`\`\``),
    line.map((one) => `> ${one}`),
    line.map((one) => `## ${one}`),
  );
  fc.assert(
    fc.property(
      fc.array(block, { minLength: 1, maxLength: 12 }),
      fc.integer({ min: 60, max: 400 }),
      (blocks, max) => {
        const text = blocks.join('\n\n');
        const parts = splitMarkdown(text, max);
        const words = (one: string) => one.match(/[\p{L}\p{N}]+/gu) ?? [];
        assert.deepEqual(words(parts.join('\n')), words(text));
        for (const part of parts) assert.ok(part.length <= max && fences(part) % 2 === 0);
      },
    ),
    { numRuns: 300 },
  );
});

test('nothing in a text can ping, and everything can still be read', () => {
  const text = '<!here> <!channel|x> <@U123> <!subteam^S1> <#C1> @here @Channel @everyone a@here.org <b>';
  const safe = withoutPings(text);
  assert.doesNotMatch(safe, /<[!@#]|@(here|channel|everyone)/i);
  assert.equal(safe.replaceAll('\u2060', ''), text);
});
