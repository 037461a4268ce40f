import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Live, LiveSignal } from '#core/live/ports.ts';
import { openLiveHub } from './live-hub.ts';

async function openHub() {
  let tell: (signal: LiveSignal) => void = () => {};
  let subscriptions = 0;
  const live: Pick<Live, 'subscribe'> = {
    subscribe: async (_, listener) => {
      subscriptions += 1;
      tell = listener;
      return async () => {};
    },
  };
  const hub = await openLiveHub(live as Live);
  return { hub, tell: (signal: LiveSignal) => tell(signal), subscriptions: () => subscriptions };
}

test('a signal wakes the readers of its session and nobody else, over one subscription', async () => {
  const { hub, tell, subscriptions } = await openHub();
  const woken: string[] = [];
  const ends = ['a', 'b', 'b'].map((id, index) => hub.listen(id, () => woken.push(`${id}${index}`)));
  tell({ kind: 'events', sessionId: 'b' });
  assert.deepEqual(woken, ['b1', 'b2']);
  ends[1]?.();
  tell({ kind: 'events', sessionId: 'b' });
  assert.deepEqual(woken, ['b1', 'b2', 'b2']);
  assert.equal(subscriptions(), 1);
});

test('readers share a reading, but none that began before the signal that woke them', async () => {
  const { hub, tell } = await openHub();
  hub.listen('a', () => {});
  let stored = 'old';
  const slow = Promise.withResolvers<void>();
  const first = hub.shared('a', 'text', async () => {
    const read = stored;
    await slow.promise;
    return read;
  });
  assert.equal(
    hub.shared('a', 'text', async () => 'another'),
    first,
  );
  stored = 'new';
  tell({ kind: 'events', sessionId: 'a' });
  assert.equal(await hub.shared('a', 'text', async () => stored), 'new');
  slow.resolve();
  assert.equal(await first, 'old');
});
