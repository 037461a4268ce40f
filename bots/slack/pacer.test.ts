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
  const limited = pacer.run('post A', posts, 5_000, async () => {
    if (limits-- > 0) throw rateLimited(300);
    done.push('A');
  });
  const next = pacer.run('post A', posts, 5_000, async () => void done.push('A again'));
  const began = performance.now();
  await pacer.run('post B', posts, 5_000, async () => void done.push('B'));
  assert.ok(performance.now() - began < 100);
  await Promise.all([limited, next]);
  assert.ok(performance.now() - began >= 290);
  assert.deepEqual(done, ['B', 'A', 'A again']);
});

test('what would wait longer than it may is given back with how long it would take', async () => {
  const pacer = createPacer();
  const call = () =>
    pacer.run('update', { inOrder: false }, 0, async () => {
      throw rateLimited(60_000);
    });
  await assert.rejects(call(), { code: 'platform.rate_limited', retryAfterMs: 60_000 });
  await assert.rejects(
    pacer.run('update', { inOrder: false }, 1_000, async () => 'never'),
    (error: { code: string; retryAfterMs: number }) =>
      error.code === 'platform.rate_limited' && error.retryAfterMs > 50_000,
  );
});

test('a lane keeps its pace once its burst is used up, and a failure holds up nobody', async () => {
  const pacer = createPacer();
  const began = performance.now();
  const failing = pacer.run('post A', posts, 5_000, async () => {
    throw refused('archived');
  });
  const rest = Array.from({ length: 6 }, () =>
    pacer.run('post A', posts, 5_000, async () => performance.now()),
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
