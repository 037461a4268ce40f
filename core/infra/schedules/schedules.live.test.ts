import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planSchedule } from '#core/schedules/plan.ts';
import { openTestCore } from '#core/testing/core.ts';
import { at, firingsOf, limits, makeSchedule, tickAt } from '#core/testing/schedules.ts';

test('a change of the zone moves the next time, and the history stays', async (t) => {
  const core = await openTestCore(t);
  const now = at('2026-11-20T08:00:00Z');
  const schedule = await makeSchedule(core, 'every day at 9:00 x', now, { zone: 'Europe/Berlin' });
  await core.schedules.runNow(schedule.scheduleId, now, 'press');
  const draft = await core.schedules.draft({
    owner: schedule.owner,
    thread: schedule.thread,
    source: 'edit',
    spec: planSchedule('every day at 9:00 in America/New_York x', now, 'UTC', limits),
    changes: schedule.scheduleId,
  });
  const changed = await core.schedules.save(draft.scheduleId, now, 10);
  assert.deepEqual(
    [changed?.scheduleId, changed?.nextDue, changed?.revision],
    [schedule.scheduleId, '2026-11-20T14:00:00.000Z', 2],
  );
  assert.equal((await core.schedules.history(schedule.scheduleId, 10)).length, 1);
  assert.equal(await core.schedules.byId(draft.scheduleId), null);
});

test('limits: too many for one person, too often, past meanwhile; each says what to do', async (t) => {
  const core = await openTestCore(t);
  const now = at('2026-11-20T08:00:00Z');
  const first = await makeSchedule(core, 'in 10 minutes x', now);
  const draft = { owner: first.owner, thread: first.thread, changes: null };
  const spec = planSchedule('in 10 minutes x', now, 'UTC', limits);
  const second = await core.schedules.draft({ ...draft, source: 'second', spec });
  assert.deepEqual(second, await core.schedules.draft({ ...draft, source: 'second', spec }));
  await assert.rejects(core.schedules.save(second.scheduleId, now, 1), /most that one person may have/);
  await assert.rejects(
    core.schedules.save(second.scheduleId, at('2026-11-20T09:00:00Z'), 9),
    /has passed meanwhile/,
  );
  assert.throws(
    () => planSchedule('every minute x', now, 'UTC', { ...limits, floorMs: 300_000 }),
    /shortest distance here is 5 minutes/,
  );
  assert.throws(
    () => planSchedule('cron "0,1 * * * *" x', now, 'UTC', { ...limits, floorMs: 300_000 }),
    /too often/,
  );
  assert.throws(() => planSchedule('cron "0 0 31 2 *" x', now, 'UTC', limits), /never comes/);
  assert.throws(() => planSchedule('cron "* * * * * *" x', now, 'UTC', limits), /seconds are not scheduled/);
});

test('run now fires once for one press, also while paused; a pause leaves out what waits', async (t) => {
  const core = await openTestCore(t);
  const now = at('2026-11-20T08:00:00Z');
  const schedule = await makeSchedule(core, 'every hour x', now);
  await tickAt(core, '2026-11-20T09:00:00Z');
  assert.equal((await core.schedules.pause(schedule.scheduleId))?.state, 'paused');
  assert.deepEqual(await firingsOf(core, schedule), ['2026-11-20T09:00:00.000Z skipped']);
  await core.schedules.runNow(schedule.scheduleId, at('2026-11-20T09:00:00Z'), 'press');
  await core.schedules.runNow(schedule.scheduleId, at('2026-11-20T09:00:05Z'), 'press');
  assert.deepEqual(await firingsOf(core, schedule), [
    '2026-11-20T09:00:00.000Z skipped',
    '2026-11-20T09:00:00.001Z due',
  ]);
  assert.equal(await core.schedules.remove(schedule.scheduleId), true);
  assert.equal(await core.schedules.remove(schedule.scheduleId), false);
});
