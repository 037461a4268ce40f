import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Gate } from './gate.ts';

test('a gate lets as many in as it is wide, in the order they came, also past one that failed', async () => {
  const gate = new Gate(2);
  const order: number[] = [];
  let inside = 0;
  let most = 0;
  const all = Array.from({ length: 8 }, (_, at) =>
    gate.pass(async () => {
      order.push(at);
      inside += 1;
      most = Math.max(most, inside);
      await new Promise(setImmediate);
      inside -= 1;
      if (at === 1) throw new Error('one of them fails');
    }),
  );
  const results = await Promise.allSettled(all);
  assert.equal(most, 2);
  assert.deepEqual(order, [0, 1, 2, 3, 4, 5, 6, 7]);
  assert.equal(results.filter(({ status }) => status === 'rejected').length, 1);
});
