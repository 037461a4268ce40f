import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openPositions } from './positions.ts';

const one = { id: 0, count: 1 };

function take(positions: ReturnType<typeof openPositions>, shard: number, message: string): void {
  positions.begin(shard, message)();
}

test('I1: nothing counts as read before all of the last READY has been read', () => {
  const positions = openPositions('100');
  positions.ready(one, ['guild', 'direct']);
  take(positions, 0, '200');
  positions.unread(0, 'guild')?.done();
  assert.equal(positions.position(), '100');
  positions.unread(0, 'direct')?.done();
  assert.equal(positions.position(), '200');
  assert.equal(positions.unread(0, 'guild'), null);
});

test('I1: a message that is still being taken holds the position back', () => {
  const positions = openPositions('100');
  positions.ready(one, []);
  const settle = positions.begin(0, '150');
  take(positions, 0, '200');
  assert.equal(positions.position(), '149');
  settle();
  assert.equal(positions.position(), '200');
});

test('I1: a shard that is away, or has not come yet, is read from where it was, however far the others are', () => {
  const positions = openPositions('100');
  positions.ready({ id: 0, count: 2 }, []);
  take(positions, 0, '300');
  assert.equal(positions.position(), '100');
  positions.ready({ id: 1, count: 2 }, ['guild']);
  assert.equal(positions.unread(1, 'guild')?.since, '100');
  positions.unread(1, 'guild')?.done();
  take(positions, 1, '310');
  take(positions, 0, '400');
  positions.ready({ id: 1, count: 2 }, ['guild']);
  assert.equal(positions.unread(1, 'guild')?.since, '310');
});

test('I1: what is read for an earlier READY settles nothing of a later one', () => {
  const positions = openPositions('100');
  positions.ready(one, ['guild']);
  const earlier = positions.unread(0, 'guild');
  positions.ready(one, ['guild']);
  earlier?.done();
  take(positions, 0, '200');
  assert.equal(positions.position(), '100');
});

test('I1: when Discord deals the guilds out anew, all are read from the least position', () => {
  const positions = openPositions('100');
  for (const id of [0, 1]) positions.ready({ id, count: 2 }, []);
  take(positions, 0, '300');
  take(positions, 1, '200');
  positions.ready({ id: 2, count: 3 }, ['guild']);
  assert.equal(positions.unread(2, 'guild')?.since, '200');
  assert.equal(positions.position(), '200');
});
