import assert from 'node:assert/strict';
import { test } from 'node:test';
import { remembering } from './remembering.ts';

test('answers are remembered within bounds, faults and long texts never', () => {
  const asked: string[] = [];
  const length = remembering(2, (text) => {
    asked.push(text);
    if (text === '') throw new Error('nothing');
    return text.length;
  });
  const long = 'x'.repeat(301);
  for (const text of ['a', 'a', 'bb', 'a', long, long]) assert.equal(length(text), text.length);
  for (const _ of [1, 2]) assert.throws(() => length(''));
  assert.deepEqual(asked, ['a', 'bb', long, long, '', '']);
  length('ccc');
  assert.equal(length('a'), 1);
  assert.deepEqual(asked.slice(6), ['ccc', 'a']);
});
