import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openLog } from '#core/log.ts';
import type { Clockwork } from '#core/schedules/ports.ts';
import { until } from '#core/testing/until.ts';
import { startScheduler } from './scheduler.ts';

const log = openLog('test', 'silent');
const start = Date.parse('2026-11-20T08:59:00Z');

/** A clock that a test sets, and a clockwork that notes what it is asked. */
function stage() {
  const calls: string[] = [];
  const at = { ms: start, down: false, failed: 0 };
  const note = (what: string, now: Date) => {
    if (at.down) {
      at.failed += 1;
      throw new Error('the database is away');
    }
    calls.push(`${what} ${now.toISOString()}`);
    return 0;
  };
  const clockwork: Clockwork = {
    advance: async (now) => note('advance', now),
    settle: async (now) => note('settle', now),
    rewind: async (now) => note('rewind', now),
    forgetDrafts: async (before) => note('forget', before),
    forgetHistory: async (before) => note('forget history', before),
  };
  const scheduler = startScheduler({ clockwork, log, now: () => new Date(at.ms), tickMs: 5 });
  const seen = (what: string) => until(async () => (calls.includes(what) ? true : null), what);
  return { at, calls, scheduler, seen };
}

test('an outage of the database across a due time: the next tick that reaches it does the work', async (t) => {
  const { at, scheduler, seen } = stage();
  t.after(() => scheduler.stop());
  await seen('advance 2026-11-20T08:59:00.000Z');
  at.down = true;
  at.ms = Date.parse('2026-11-20T09:00:00Z');
  await until(async () => (at.failed > 1 ? true : null), 'ticks that fail');
  at.ms = Date.parse('2026-11-20T09:07:00Z');
  at.down = false;
  await seen('advance 2026-11-20T09:07:00.000Z');
  await seen('settle 2026-11-20T09:07:00.000Z');
});

test('a clock that is set back is noticed once, before anything is moved', async (t) => {
  const { at, calls, scheduler, seen } = stage();
  t.after(() => scheduler.stop());
  await seen('settle 2026-11-20T08:59:00.000Z');
  at.ms = Date.parse('2026-11-20T07:00:00Z');
  await seen('advance 2026-11-20T07:00:00.000Z');
  await seen('settle 2026-11-20T07:00:00.000Z');
  const rewinds = calls.filter((call) => call.startsWith('rewind'));
  assert.deepEqual(rewinds, ['rewind 2026-11-20T07:00:00.000Z']);
  assert.ok(calls.indexOf(rewinds[0] ?? '') < calls.indexOf('advance 2026-11-20T07:00:00.000Z'));
});

test('drafts that nobody saved are dropped after a day, history after ninety', async (t) => {
  const { scheduler, seen } = stage();
  t.after(() => scheduler.stop());
  await seen('forget 2026-11-19T08:59:00.000Z');
  await seen('forget history 2026-08-22T08:59:00.000Z');
});

test('a stop ends between two ticks and leaves no timer', async () => {
  const { calls, scheduler, seen } = stage();
  await seen('advance 2026-11-20T08:59:00.000Z');
  await scheduler.stop();
  const count = calls.length;
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(calls.length, count);
});
