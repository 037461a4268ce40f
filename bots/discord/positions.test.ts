import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { openPositions } from './positions.ts';
import { snowflakeAt } from './types.ts';

const one = { id: 0, count: 1 };
const noon = Date.UTC(2026, 10, 1, 12);
/** A message of so many minutes past noon. */
const at = (minute: number): string => snowflakeAt(new Date(noon + minute * 60_000));

function take(positions: ReturnType<typeof openPositions>, shard: number, message: string): void {
  positions.begin(shard, message)();
}

test('I1: nothing counts as read before all of the last READY has been read', () => {
  const positions = openPositions(at(0));
  positions.ready(one, ['guild', 'direct']);
  take(positions, 0, at(10));
  positions.unread(0, 'guild')?.done();
  assert.equal(positions.position(), at(0));
  positions.unread(0, 'direct')?.done();
  assert.equal(positions.position(), at(9), 'the last minute is read again');
  assert.equal(positions.unread(0, 'guild'), null);
});

test('I1: nothing from before a first start is ever read, also not by the processes after it', () => {
  const first = openPositions(at(0));
  first.ready(one, []);
  take(first, 0, snowflakeAt(new Date(noon + 1_000)));
  assert.equal(first.position(), at(0));
  const second = openPositions(first.position());
  second.ready(one, ['guild']);
  assert.equal(second.unread(0, 'guild')?.since, at(0));
});

test('I1: a message that is still being taken holds the position back', () => {
  const positions = openPositions(at(0));
  positions.ready(one, []);
  const settle = positions.begin(0, at(5));
  take(positions, 0, at(10));
  assert.equal(positions.position(), snowflakeAt(new Date(noon + 4 * 60_000 - 1)));
  settle();
  assert.equal(positions.position(), at(9));
});

test('I1: a shard that is away, or has not come yet, is read from where it was, however far the others are', () => {
  const positions = openPositions(at(0));
  positions.ready({ id: 0, count: 2 }, []);
  take(positions, 0, at(20));
  assert.equal(positions.position(), at(0));
  positions.ready({ id: 1, count: 2 }, ['guild']);
  assert.equal(positions.unread(1, 'guild')?.since, at(0));
  positions.unread(1, 'guild')?.done();
  take(positions, 1, at(21));
  take(positions, 0, at(40));
  positions.ready({ id: 1, count: 2 }, ['guild']);
  assert.equal(positions.unread(1, 'guild')?.since, at(20));
});

test('I1: what is read for an earlier READY settles nothing of a later one', async () => {
  const positions = openPositions(at(0));
  positions.ready(one, ['guild']);
  const earlier = positions.unread(0, 'guild');
  let read = false;
  const reading = positions.reading(0, 'guild')?.then(() => {
    read = true;
  });
  positions.ready(one, ['guild']);
  earlier?.done();
  take(positions, 0, at(10));
  assert.equal(positions.position(), at(0));
  await nextTurn();
  assert.equal(read, false, 'who waited for the earlier one waits for the later one');
  positions.unread(0, 'guild')?.done();
  await reading;
  assert.equal(positions.reading(0, 'guild'), null);
});

test('I1: when Discord deals the guilds out anew, all are read from the least position', () => {
  const positions = openPositions(at(0));
  for (const id of [0, 1]) positions.ready({ id, count: 2 }, []);
  take(positions, 0, at(30));
  take(positions, 1, at(20));
  positions.ready({ id: 2, count: 3 }, ['guild']);
  assert.equal(positions.unread(2, 'guild')?.since, at(19));
  assert.equal(positions.position(), at(19));
});
