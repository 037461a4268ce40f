import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { standIn } from '#core/testing/stand-in.ts';
import type { Claims } from '#core/turns/ports.ts';
import { openStopSignals } from './stop-signals.ts';
import { watchClaim } from './watch-claim.ts';

const claim = { turnId: 'trn_1', sessionId: 'ses_1', epoch: 1, workerId: 'wrk_1' };
const standing = async () => ({ held: true, stopRequestedBy: { userId: 'usr_1', name: 'Ana' } });
const claims = standIn<Claims>({ standing });

test('I9: a store that takes no subscription costs the fast stop, never the worker', async () => {
  const stops = openStopSignals({ onStop: () => Promise.reject(new Error('the store was erased')) });
  const watch = watchClaim(claim, { claims, stops }, new AbortController().signal);
  // Time enough for an unhandled rejection: it would fail this test, as it ended a worker.
  await new Promise(setImmediate);
  // The look that comes every second anyway.
  if (!watch.signal.aborted) await once(watch.signal, 'abort');
  assert.equal(watch.ended(), 'stopped');
  watch.stop();
  await stops.close();
});

test('a stop is heard by the turn it is for, and by no other', async () => {
  let signal: (turnId: string) => void = () => {};
  const stops = openStopSignals({
    onStop: async (listener) => {
      signal = listener;
      return async () => {};
    },
  });
  const heard: string[] = [];
  const unlisten = stops.listen('trn_1', () => heard.push('one'));
  stops.listen('trn_2', () => heard.push('two'));
  signal('trn_1');
  unlisten();
  signal('trn_1');
  signal('trn_2');
  assert.deepEqual(heard, ['one', 'two']);
  await stops.close();
});
