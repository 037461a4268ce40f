import assert from 'node:assert/strict';
import { test } from 'node:test';
import { atLeast, atMost, percentile, rounded, tableOf, told } from './metric.ts';

test('a metric says whether its target is met', () => {
  const speed = { metric: 'speed', value: 10, unit: '/s' };
  assert.equal(atLeast(speed, 10).met, true);
  assert.equal(atLeast(speed, 11, 2).met, false);
  assert.equal(atMost(speed, 9).met, false);
  assert.equal(told(speed).met, null);
});

test('the table marks what is met and what is not', () => {
  const table = tableOf([
    { bench: 'b', ...atLeast({ metric: 'fast', value: 12, unit: '/s' }, 10, 3) },
    { bench: 'b', ...atMost({ metric: 'late', value: 12, unit: 'ms' }, 10) },
  ]);
  assert.match(table, /fast +12 +\/s +3 +10 +✓/);
  assert.match(table, /late +12 +ms +10 +✗/);
});

test('percentiles and digits', () => {
  assert.equal(percentile([3, 1, 2], 0.5), 2);
  assert.equal(percentile([], 0.99), 0);
  assert.deepEqual([rounded(1234.5), rounded(1.23456)], [1235, 1.23]);
});
