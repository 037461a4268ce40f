import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { createLiveText } from './live-text.ts';

test('pieces within one interval are handed on together', () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  try {
    const shown: string[] = [];
    const live = createLiveText({ everyMs: 30, maxChars: 1000 }, (text) => shown.push(text));
    live.push('one ');
    live.push('two ');
    mock.timers.tick(29);
    assert.deepEqual(shown, []);
    mock.timers.tick(1);
    live.push('three');
    mock.timers.tick(30);
    assert.deepEqual(shown, ['one two ', 'three']);
  } finally {
    mock.timers.reset();
  }
});

test('what is left is handed on at the end, and nothing after it', () => {
  const shown: string[] = [];
  const live = createLiveText({ everyMs: 30, maxChars: 1000 }, (text) => shown.push(text));
  live.push('last words');
  live.end();
  live.push('too late');
  live.end();
  assert.deepEqual(shown, ['last words']);
});

test('no more than the limit is handed on, with a word that more follows', () => {
  const shown: string[] = [];
  const live = createLiveText({ everyMs: 30, maxChars: 10 }, (text) => shown.push(text));
  for (let n = 0; n < 100; n += 1) live.push('abc');
  live.end();
  assert.match(shown.join(''), /^abcabcabca\n… \(more follows/);
});
