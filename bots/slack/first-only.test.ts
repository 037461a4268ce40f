import assert from 'node:assert/strict';
import { test } from 'node:test';
import { firstOnly } from './first-only.ts';

test('I2: a name is worked on once, for all who ask meanwhile and later; what failed or came to nothing is done again', async () => {
  const first = firstOnly();
  const done: string[] = [];
  const { promise: free, resolve: release } = Promise.withResolvers<void>();
  const slow = async () => {
    await free;
    done.push('slow');
    return true;
  };
  let early = false;
  const both = [first('a', slow), first('a', slow)];
  void both[1]?.then(() => {
    early = done.length === 0;
  });
  release();
  await Promise.all(both);
  await first('a', slow);
  assert.deepEqual(done, ['slow']);
  assert.equal(early, false);

  let times = 0;
  const fails = async () => {
    times += 1;
    if (times === 1) throw new Error('the database is away');
    return times > 2;
  };
  await assert.rejects(first('b', fails), /away/);
  await first('b', fails);
  await first('b', fails);
  await first('b', fails);
  assert.equal(times, 3);
});
