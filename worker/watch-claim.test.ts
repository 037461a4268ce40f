import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Claims } from '#core/turns/ports.ts';
import { watchClaim } from './watch-claim.ts';

const claim = { turnId: 'trn_1', sessionId: 'ses_1', epoch: 1, workerId: 'wrk_1' };

test('I9: a store that takes no subscription costs the fast stop, never the worker', async () => {
  const standing = async () => ({ held: true, stopRequestedBy: { userId: 'usr_1', name: 'Ana' } });
  const watch = watchClaim(
    claim,
    {
      claims: { standing } as unknown as Claims,
      live: {
        publish: () => {},
        subscribe: () => Promise.reject(new Error('the store was erased')),
        close: async () => {},
      },
    },
    new AbortController().signal,
  );
  // Time enough for an unhandled rejection: it would fail this test, as it ended a worker.
  await new Promise(setImmediate);
  if (!watch.signal.aborted)
    await new Promise((resolve) => watch.signal.addEventListener('abort', resolve, { once: true }));
  assert.equal(watch.ended(), 'stopped');
  watch.stop();
});
