import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planSchedule } from '#core/schedules/plan.ts';
import type { ScheduleFacts } from '#core/schedules/types.ts';
import { openTestCore } from '#core/testing/core.ts';
import { at, firingsOf, handIn, limits, makeSchedule, tickAt, workOff } from '#core/testing/schedules.ts';

test('a draft does nothing; saved, it fires at its moments and at no others', async (t) => {
  const core = await openTestCore(t);
  const now = at('2026-11-20T08:00:00Z');
  const schedule = await makeSchedule(core, 'every 15 minutes look', now);
  await tickAt(core, '2026-11-20T08:14:59Z');
  assert.deepEqual(await firingsOf(core, schedule), []);
  await tickAt(core, '2026-11-20T08:15:00Z');
  await tickAt(core, '2026-11-20T08:15:30Z');
  assert.deepEqual(await firingsOf(core, schedule), ['2026-11-20T08:15:00.000Z due']);
  assert.equal((await core.schedules.byId(schedule.scheduleId))?.nextDue, '2026-11-20T08:30:00.000Z');
});

test('9:00 stays 9:00 when clocks change, on both sides of the equator', async (t) => {
  const core = await openTestCore(t);
  const berlin = await makeSchedule(core, 'every day at 9:00 x', at('2026-03-28T00:00Z'), {
    zone: 'Europe/Berlin',
  });
  const sydney = await makeSchedule(core, 'every day at 9:00 x', at('2026-03-28T00:00Z'), {
    zone: 'Australia/Sydney',
  });
  for (let hour = 0; hour < 24 * 9; hour += 1) {
    const now = new Date(Date.UTC(2026, 2, 28, hour));
    await tickAt(core, now.toISOString());
    await handIn(core, now);
    await workOff(core, 'succeeded');
  }
  await tickAt(core, '2026-04-06T00:00:00Z');
  const days = async (schedule: ScheduleFacts) =>
    (await firingsOf(core, schedule)).map((line) => line.replace(':00.000Z succeeded', ''));
  assert.deepEqual((await days(berlin)).slice(0, 3), [
    '2026-03-28T08:00',
    '2026-03-29T07:00',
    '2026-03-30T07:00',
  ]);
  assert.deepEqual((await days(sydney)).slice(6, 8), ['2026-04-03T22:00', '2026-04-04T23:00']);
  assert.equal((await days(berlin)).length, 9);
});

test('down across due times: skipped or made up for once, and said in the history', async (t) => {
  const core = await openTestCore(t);
  const now = at('2026-11-20T08:00:00Z');
  const skip = await makeSchedule(core, 'every hour x', now);
  const once = await makeSchedule(core, 'every hour x', now, { options: { missed: 'run_once' } });
  const single = await makeSchedule(core, 'at 9:30 x', now);
  await tickAt(core, '2026-11-20T12:20:00Z');
  assert.deepEqual(await firingsOf(core, skip), ['2026-11-20T09:00:00.000Z missed']);
  assert.deepEqual(await firingsOf(core, once), ['2026-11-20T12:00:00.000Z due']);
  assert.deepEqual(await firingsOf(core, single), ['2026-11-20T09:30:00.000Z due']);
  assert.equal((await core.schedules.byId(single.scheduleId))?.state, 'ended');
  const [missed] = await core.schedules.history(skip.scheduleId, 1);
  assert.equal(missed?.note, '4 times passed while Deckhand was off');
  await tickAt(core, '2026-11-20T13:00:01Z');
  assert.deepEqual((await firingsOf(core, skip)).at(-1), '2026-11-20T13:00:00.000Z due');
});

test('a clock that is set back fires nothing again, and one that was far ahead does not silence a schedule', async (t) => {
  const core = await openTestCore(t);
  const schedule = await makeSchedule(core, 'every hour x', at('2026-11-20T08:00:00Z'));
  await tickAt(core, '2026-11-20T09:00:00Z');
  await core.clockwork.rewind(at('2026-11-20T08:50:00Z'));
  await tickAt(core, '2026-11-20T09:00:00Z');
  assert.deepEqual(await firingsOf(core, schedule), ['2026-11-20T09:00:00.000Z due']);

  await tickAt(core, '2031-01-01T00:30:00Z');
  assert.equal((await core.schedules.byId(schedule.scheduleId))?.nextDue, '2031-01-01T01:00:00.000Z');
  assert.equal(await core.clockwork.rewind(at('2026-11-20T09:30:00Z')), 1);
  await tickAt(core, '2026-11-20T10:00:00Z');
  assert.ok(
    (await core.schedules.history(schedule.scheduleId, 9)).some(
      ({ dueAt }) => dueAt === '2026-11-20T10:00:00.000Z',
    ),
  );
});

test('jitter moves a firing, always by the same, never before its moment', async (t) => {
  const core = await openTestCore(t);
  const now = at('2026-11-20T08:00:00Z');
  const made = await Promise.all(
    Array.from({ length: 20 }, (_, n) =>
      makeSchedule(core, 'every hour x', now, { owner: `p${n}`, options: { jitterMs: 30_000 } }),
    ),
  );
  const nexts = await core.database.pool.query<{ late: number }>(
    'SELECT extract(epoch FROM next_at - next_due)::float8 AS late FROM schedule',
  );
  const late = nexts.rows.map((row) => row.late);
  assert.ok(late.every((seconds) => seconds >= 0 && seconds < 30));
  assert.ok(new Set(late).size > 10, 'they are spread');
  assert.equal(made.length, 20);
});

test('a schedule that can no longer be read is paused and says so, and holds up no other', async (t) => {
  const core = await openTestCore(t);
  const now = at('2026-11-20T08:00:00Z');
  const broken = await makeSchedule(core, 'every hour x', now);
  const well = await makeSchedule(core, 'every hour x', now);
  await core.database.pool.query(`UPDATE schedule SET zone = 'Mars/Olympus' WHERE id = $1`, [
    broken.scheduleId,
  ]);
  await tickAt(core, '2026-11-20T09:00:00Z');
  assert.deepEqual(await firingsOf(core, well), ['2026-11-20T09:00:00.000Z due']);
  const { rows } = await core.database.pool.query('SELECT state FROM schedule WHERE id = $1', [
    broken.scheduleId,
  ]);
  assert.equal(rows[0].state, 'paused');
  assert.match((await core.notices.take(['console'], 9))[0]?.text ?? '', /can no longer read its rule/);
});

test('old history and unsaved drafts are dropped; what is due, running or saved stays', async (t) => {
  const core = await openTestCore(t);
  const now = at('2026-11-20T08:00:00Z');
  const schedule = await makeSchedule(core, 'every hour x', now, { options: { overlap: 'allow' } });
  for (const [hour, ending] of [
    ['09', true],
    ['10', false],
  ] as const) {
    await tickAt(core, `2026-11-20T${hour}:00:00Z`);
    await handIn(core, at(`2026-11-20T${hour}:00:00Z`));
    if (ending) await workOff(core, 'succeeded');
    await tickAt(core, `2026-11-20T${hour}:00:00Z`);
  }
  const spec = planSchedule('every hour y', now, 'UTC', limits);
  const { owner, thread } = schedule;
  const draft = await core.schedules.draft({ owner, thread, source: 'draft', spec, changes: null });
  assert.equal(await core.clockwork.forgetHistory(at('2026-11-20T09:30:00Z')), 1);
  assert.equal(await core.clockwork.forgetDrafts(new Date(Date.now() + 60_000)), 1);
  assert.equal(await core.schedules.byId(draft.scheduleId), null);
  assert.deepEqual(await firingsOf(core, schedule), ['2026-11-20T10:00:00.000Z submitted']);
});
