import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import { untilChange } from './until-change.ts';

test('a fact that stands is given at once; one that comes is given at its change; neither is listened for any more', async () => {
  const bell = new EventEmitter();
  assert.equal(await untilChange(bell, 'now', () => 'now', 1_000), 'now');
  let fact: string | null = null;
  const waited = untilChange(bell, 'later', () => fact, 10_000);
  bell.emit('change');
  fact = 'later';
  bell.emit('change');
  assert.equal(await waited, 'later');
  assert.equal(bell.listenerCount('change'), 0);
});

test('what does not come is named, and what fails in looking fails the wait', async () => {
  const bell = new EventEmitter();
  await assert.rejects(
    untilChange(bell, 'a ship', () => null, 10),
    /not within 10 ms: a ship/,
  );
  const looking = untilChange(bell, 'a ship', () => assert.fail('no eyes'), 1_000);
  await assert.rejects(looking, /no eyes/);
  assert.equal(bell.listenerCount('change'), 0);
});
