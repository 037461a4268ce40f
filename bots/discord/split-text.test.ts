import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { splitText } from './split-text.ts';

const squeezed = (text: string) => text.replace(/\s+/g, '');

test('I10: no part is too long, and no text is lost, whatever is cut', () => {
  const word = fc.stringMatching(/^[a-zé😀]{1,30}$/u);
  const text = fc.array(fc.oneof(word, fc.constant('\n'), fc.constant('\n\n'), fc.constant(' ')), {
    maxLength: 300,
  });
  fc.assert(
    fc.property(text, fc.integer({ min: 40, max: 200 }), (pieces, most) => {
      const whole = pieces.join('');
      const parts = splitText(whole, most);
      for (const part of parts) assert.ok(part.length <= most && part.isWellFormed());
      assert.equal(squeezed(parts.join('')), squeezed(whole));
    }),
  );
});

test('a code block that is cut is closed, and opened again with its language', () => {
  const lines = Array.from({ length: 60 }, (_, n) => `line ${n}`);
  const parts = splitText(`Look:\n\n\`\`\`ts\n${lines.join('\n')}\n\`\`\`\n\nDone.`, 200);
  assert.ok(parts.length > 2);
  for (const part of parts) {
    assert.ok(part.length <= 200);
    assert.equal((part.match(/^```/gm) ?? []).length % 2, 0);
  }
  assert.ok(parts[1]?.startsWith('```ts\n'));
  const kept = parts
    .join('\n')
    .split('\n')
    .filter((line) => line.startsWith('line'));
  assert.deepEqual(kept, lines);
});

test('it cuts at a blank line before it cuts elsewhere', () => {
  assert.deepEqual(splitText('one two\n\nthree four five', 22), ['one two', 'three four five']);
});
