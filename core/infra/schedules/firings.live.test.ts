import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openAnother, openTestCore } from '#core/testing/core.ts';
import { at, handIn, makeSchedule, tickAt } from '#core/testing/schedules.ts';
import { until } from '#core/testing/until.ts';
import type { Core } from '../open-core.ts';

for (const schedulers of [2, 5]) {
  test(`I1: ${schedulers} schedulers that race make each firing once and hand it in once`, async (t) => {
    const core = await openTestCore(t);
    const all: Core[] = [core];
    while (all.length < schedulers) all.push(await openAnother(t, core));
    const now = at('2026-11-20T08:00:00Z');
    for (let n = 0; n < 60; n += 1)
      await makeSchedule(core, `every hour x ${n}`, now, { owner: `p${n % 7}` });
    const due = at('2026-11-20T09:00:00Z');
    const rounds = all.map(async (one) => {
      for (let n = 0; n < 10; n += 1) {
        await one.clockwork.advance(due, 7);
        await handIn(one, due);
        await one.clockwork.settle(due, 7);
      }
    });
    await Promise.all(rounds);
    // What a round passed over because another process held it.
    await tickAt(core, due.toISOString());
    await until(
      async () => ((await handIn(core, at('2026-11-20T09:05:00Z'))) === 0 ? true : null),
      'all handed in',
    );
    const { rows } = await core.database.pool.query(
      `SELECT (SELECT count(*)::int FROM firing WHERE state = 'submitted') AS firings,
         (SELECT count(*)::int FROM turn) AS turns, (SELECT count(DISTINCT event_id)::int FROM turn) AS messages`,
    );
    assert.deepEqual(rows[0], { firings: 60, turns: 60, messages: 60 });
  });
}

test('of a flood, each owner is served in turn', async (t) => {
  const core = await openTestCore(t);
  const now = at('2026-11-20T08:00:00Z');
  for (let n = 0; n < 20; n += 1) await makeSchedule(core, 'every hour x', now, { owner: 'many' });
  for (const owner of ['ben', 'cleo']) await makeSchedule(core, 'every hour x', now, { owner });
  await tickAt(core, '2026-11-20T09:00:00Z');
  const first = await core.firings.take('test', at('2026-11-20T09:00:00Z'), 3, 1_000);
  assert.deepEqual(first.map(({ owner }) => owner.name).sort(), ['ben', 'cleo', 'many']);
});

test('a firing that cannot be handed in pauses its schedule and says why', async (t) => {
  const core = await openTestCore(t);
  const schedule = await makeSchedule(core, 'every hour x', at('2026-11-20T08:00:00Z'));
  await tickAt(core, '2026-11-20T09:00:00Z');
  const [firing] = await core.firings.take('test', at('2026-11-20T09:00:00Z'), 1, 1_000);
  assert.ok(firing);
  await core.firings.refuse(firing, 'ana may no longer ask me for anything here.');
  const paused = await core.schedules.byId(schedule.scheduleId);
  assert.deepEqual(
    [paused?.state, paused?.pausedBecause],
    ['paused', 'ana may no longer ask me for anything here.'],
  );
  assert.match(
    (await core.notices.take(['console'], 9))[0]?.text ?? '',
    /I paused the schedule "every hour": ana may no longer/,
  );
});
