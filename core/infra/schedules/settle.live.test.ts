import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ScheduleFacts } from '#core/schedules/types.ts';
import { openTestCore } from '#core/testing/core.ts';
import { at, firingsOf, handIn, makeSchedule, tickAt, workOff } from '#core/testing/schedules.ts';

test('overlap: allow starts, skip leaves out, buffer_one keeps one and no more', async (t) => {
  const core = await openTestCore(t);
  const now = at('2026-11-20T08:00:00Z');
  const made = {
    allow: await makeSchedule(core, 'every hour x', now, { options: { overlap: 'allow' } }),
    skip: await makeSchedule(core, 'every hour x', now, { options: { overlap: 'skip' } }),
    buffer: await makeSchedule(core, 'every hour x', now, { options: { overlap: 'buffer_one' } }),
  };
  for (const hour of ['09', '10', '11']) {
    await tickAt(core, `2026-11-20T${hour}:00:00Z`);
    await handIn(core, at(`2026-11-20T${hour}:00:00Z`));
  }
  const short = async (schedule: ScheduleFacts) =>
    (await firingsOf(core, schedule)).map((line) => line.split(' ')[1]);
  assert.deepEqual(await short(made.allow), ['submitted', 'submitted', 'submitted']);
  assert.deepEqual(await short(made.skip), ['submitted', 'skipped', 'skipped']);
  assert.deepEqual(await short(made.buffer), ['submitted', 'buffered', 'skipped']);
  await workOff(core, 'succeeded');
  await tickAt(core, '2026-11-20T11:30:00Z');
  assert.deepEqual(await short(made.buffer), ['succeeded', 'due', 'skipped']);
});

test('three failures in a row pause it and owe its thread words, once; a success between them does not', async (t) => {
  const core = await openTestCore(t);
  const schedule = await makeSchedule(core, 'every hour x', at('2026-11-20T00:00:00Z'));
  const endings = ['failed', 'failed', 'succeeded', 'failed', 'failed', 'failed'] as const;
  for (const [hour, ending] of endings.entries()) {
    const now = new Date(Date.UTC(2026, 10, 20, hour + 1));
    assert.equal((await core.schedules.byId(schedule.scheduleId))?.state, 'active', `hour ${hour}`);
    await tickAt(core, now.toISOString());
    await handIn(core, now);
    await workOff(core, ending);
    await tickAt(core, now.toISOString());
  }
  const paused = await core.schedules.byId(schedule.scheduleId);
  assert.deepEqual([paused?.state, paused?.pausedBecause], ['paused', 'it failed 3 times in a row']);
  const owed = await core.notices.take(['console'], 10);
  assert.equal(owed.length, 1);
  assert.match(owed[0]?.text ?? '', /failed 3 times in a row/);
  const resumed = await core.schedules.resume(schedule.scheduleId, at('2026-11-20T06:10:00Z'));
  assert.deepEqual([resumed?.nextDue, resumed?.failures], ['2026-11-20T07:00:00.000Z', 0]);
});
