import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fuzzTheApi } from './testing/fuzz/ground.ts';

test('requests made from the document, and bent ones, are all answered, none with a 500', async (t) => {
  const seed = Number.parseInt(process.hrtime.bigint().toString().slice(-6), 10);
  const { requests, statuses, failures } = await fuzzTheApi(t, 300, seed);
  assert.deepEqual(failures, [], `with the seed ${seed}: npm run fuzz -- --seed ${seed}`);
  assert.equal(requests, 300);
  assert.ok((statuses[200] ?? 0) > 30, `some are sound: ${JSON.stringify(statuses)}`);
});
