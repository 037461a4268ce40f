import assert from 'node:assert/strict';
import { test } from 'node:test';
import { platformErrors } from '#core/chat/platform-errors.ts';
import { createPacer } from './pacer.ts';

const { rateLimited, refused } = platformErrors('Slack');
const posts = { inOrder: true, perSecond: 50, burst: 2 };

test('a lane that is told to wait waits, tries again, and delays no other', async () => {
  const pacer = createPacer();
  const done: string[] = [];
  let limits = 1;
  const limited = pacer.run('post A', posts, { maxWaitMs: 5_000 }, async () => {
    if (limits-- > 0) throw rateLimited(300);
    done.push('A');
  });
  const next = pacer.run('post A', posts, { maxWaitMs: 5_000 }, async () => void done.push('A again'));
  const began = performance.now();
  await pacer.run('post B', posts, { maxWaitMs: 5_000 }, async () => void done.push('B'));
  assert.ok(performance.now() - began < 100);
  await Promise.all([limited, next]);
  assert.ok(performance.now() - began >= 290);
  assert.deepEqual(done, ['B', 'A', 'A again']);
});

test('what would wait longer than it may is given back with how long it would take', async () => {
  const pacer = createPacer();
  const call = () =>
    pacer.run('update', { inOrder: false }, { maxWaitMs: 0 }, async () => {
      throw rateLimited(60_000);
    });
  await assert.rejects(call(), { code: 'platform.rate_limited', retryAfterMs: 60_000 });
  await assert.rejects(
    pacer.run('update', { inOrder: false }, { maxWaitMs: 1_000 }, async () => 'never'),
    (error: { code: string; retryAfterMs: number }) =>
      error.code === 'platform.rate_limited' && error.retryAfterMs > 50_000,
  );
});

test('a lane keeps its pace once its burst is used up, and a failure holds up nobody', async () => {
  const pacer = createPacer();
  const began = performance.now();
  const failing = pacer.run('post A', posts, { maxWaitMs: 5_000 }, async () => {
    throw refused('archived');
  });
  const rest = Array.from({ length: 6 }, () =>
    pacer.run('post A', posts, { maxWaitMs: 5_000 }, async () => performance.now()),
  );
  await assert.rejects(failing, { code: 'platform.refused' });
  const times = await Promise.all(rest);
  // Seven calls, two at once, then one each 20 ms.
  assert.ok((times.at(-1) ?? 0) - began >= 90);
  assert.deepEqual(
    times,
    [...times].sort((a, b) => a - b),
  );
});

test('a lane that was told to wait has no bursts for a while: one call when the wait is over, the next at its pace', async () => {
  const pacer = createPacer();
  const rules = { inOrder: true, perSecond: 10, burst: 3 };
  const far = { freeAtMs: 0, refused: 0 };
  /** Takes one call in 100 ms, and tells whoever comes sooner to come back then. */
  const call = async (): Promise<number> => {
    const at = performance.now();
    if (at < far.freeAtMs) {
      far.refused += 1;
      throw rateLimited(far.freeAtMs - at);
    }
    far.freeAtMs = at + 95;
    return at;
  };
  const times = await Promise.all(
    Array.from({ length: 6 }, () => pacer.run('post A', rules, { maxWaitMs: 5_000 }, call)),
  );
  assert.equal(far.refused, 1, 'the burst is tried once');
  assert.ok((times.at(-1) ?? 0) - (times[0] ?? 0) < 1_500, 'and costs no more than was asked for');
});

test('what nobody wants any more when its turn comes is not called', async () => {
  const pacer = createPacer();
  const rules = { inOrder: false, perSecond: 20, burst: 1 };
  const made: string[] = [];
  const first = pacer.run('react', rules, { maxWaitMs: 5_000 }, async () => void made.push('first'));
  let wanted = true;
  const stale = pacer.run(
    'react',
    rules,
    { maxWaitMs: 5_000, wanted: () => wanted },
    async () => void made.push('stale'),
  );
  const last = pacer.run('react', rules, { maxWaitMs: 5_000 }, async () => void made.push('last'));
  wanted = false;
  await Promise.all([first, last, assert.rejects(stale, { code: 'call.unwanted' })]);
  assert.deepEqual(made, ['first', 'last']);
});
