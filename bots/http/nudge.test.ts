import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createNudge } from './nudge.ts';

const never = new AbortController().signal;

test('a ring before the wait is not lost, and two of them are one', async () => {
  const nudge = createNudge();
  nudge.ring();
  nudge.ring();
  await nudge.wait(60_000, never);
  let second = false;
  const waiting = nudge.wait(60_000, never).then(() => {
    second = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(second, false);
  nudge.ring();
  await waiting;
});

test('a wait ends by its time and by an abort', async () => {
  const nudge = createNudge();
  await nudge.wait(1, never);
  const ending = new AbortController();
  const waiting = nudge.wait(60_000, ending.signal);
  ending.abort();
  await waiting;
  await nudge.wait(60_000, ending.signal);
});
