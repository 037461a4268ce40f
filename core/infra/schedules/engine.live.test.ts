import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planSchedule } from '#core/schedules/plan.ts';
import type { ScheduleFacts } from '#core/schedules/types.ts';
import { finishWell, newWorker, openAnother, openTestCore, type TestCore } from '#core/testing/core.ts';
import { until } from '#core/testing/until.ts';
import type { Core } from '../open-core.ts';

const limits = { floorMs: 60_000, maxPerOwner: 1_000 };
const at = (iso: string) => new Date(iso);

interface Made {
  owner?: string;
  zone?: string;
  options?: Parameters<typeof planSchedule>[4];
}

/** A saved schedule; people are made by name. */
async function make(core: Core, text: string, now: Date, made: Made = {}): Promise<ScheduleFacts> {
  const name = made.owner ?? 'ana';
  const user = await core.identities.resolve(
    'console',
    { externalId: 'local', name: 'local' },
    { id: name, name },
  );
  const draft = await core.schedules.draft({
    owner: { userId: user.userId, accountId: name, name },
    thread: { platform: 'console', workspace: 'local', channel: 'home', thread: 'thr_home' },
    source: crypto.randomUUID(),
    spec: planSchedule(text, now, made.zone ?? 'UTC', limits, made.options),
    changes: null,
  });
  const saved = await core.schedules.save(draft.scheduleId, now, limits.maxPerOwner);
  assert.equal(saved?.state, 'active');
  return saved;
}

/** Hands due firings in as turns, as the bots role does. */
async function handIn(core: Core, now: Date): Promise<number> {
  const due = await core.firings.take('test', now, 500, 1_000);
  for (const firing of due) {
    const submitted = await core.turns.submit({
      thread: { ...firing.thread, thread: `${firing.scheduleId}/${firing.dueAt}` },
      workspaceId: (await core.database.prisma.workspace.findFirstOrThrow()).id,
      author: firing.owner,
      eventId: `firing/${firing.scheduleId}/${firing.dueAt}`,
      text: firing.text,
      files: [],
      sentAt: firing.dueAt,
      opens: true,
      maxQueued: 100_000,
    });
    if (!('turnId' in submitted)) throw new Error(submitted.kind);
    await core.firings.submitted(firing, submitted.turnId);
  }
  return due.length;
}

/** Ends every queued turn. */
async function work(core: TestCore, ending: 'succeeded' | 'failed'): Promise<void> {
  const worker = await newWorker(core);
  for (;;) {
    const claim = await core.claims.claim(worker);
    if (!claim) return;
    if (ending === 'succeeded') await finishWell(core, claim);
    else {
      await core.claims.finish(claim, 'failed', {
        state: 'failed',
        answer: '',
        error: { code: 'model.unreachable', message: 'no' },
        usage: { requests: 0, inputTokens: 0, outputTokens: 0 },
      });
    }
  }
}

const states = async (core: Core, { scheduleId }: ScheduleFacts) =>
  (await core.schedules.history(scheduleId, 100)).map(({ dueAt, state }) => `${dueAt} ${state}`).reverse();

async function tick(core: Core, iso: string): Promise<void> {
  while ((await core.clockwork.advance(at(iso), 100)) > 0);
  while ((await core.clockwork.settle(at(iso), 100)) > 0);
}

test('a draft does nothing; saved, it fires at its moments and at no others', async (t) => {
  const core = await openTestCore(t);
  const now = at('2026-11-20T08:00:00Z');
  const schedule = await make(core, 'every 15 minutes look', now);
  await tick(core, '2026-11-20T08:14:59Z');
  assert.deepEqual(await states(core, schedule), []);
  await tick(core, '2026-11-20T08:15:00Z');
  await tick(core, '2026-11-20T08:15:30Z');
  assert.deepEqual(await states(core, schedule), ['2026-11-20T08:15:00.000Z due']);
  assert.equal((await core.schedules.byId(schedule.scheduleId))?.nextDue, '2026-11-20T08:30:00.000Z');
});

test('9:00 stays 9:00 when clocks change, on both sides of the equator', async (t) => {
  const core = await openTestCore(t);
  const berlin = await make(core, 'every day at 9:00 x', at('2026-03-28T00:00Z'), { zone: 'Europe/Berlin' });
  const sydney = await make(core, 'every day at 9:00 x', at('2026-03-28T00:00Z'), {
    zone: 'Australia/Sydney',
  });
  for (let hour = 0; hour < 24 * 9; hour += 1) {
    const now = new Date(Date.UTC(2026, 2, 28, hour));
    await tick(core, now.toISOString());
    await handIn(core, now);
    await work(core, 'succeeded');
  }
  await tick(core, '2026-04-06T00:00:00Z');
  const days = async (schedule: ScheduleFacts) =>
    (await states(core, schedule)).map((line) => line.replace(':00.000Z succeeded', ''));
  assert.deepEqual((await days(berlin)).slice(0, 3), [
    '2026-03-28T08:00',
    '2026-03-29T07:00',
    '2026-03-30T07:00',
  ]);
  assert.deepEqual((await days(sydney)).slice(6, 8), ['2026-04-03T22:00', '2026-04-04T23:00']);
  assert.equal((await days(berlin)).length, 9);
});

test('a change of the zone moves the next time, and the history stays', async (t) => {
  const core = await openTestCore(t);
  const now = at('2026-11-20T08:00:00Z');
  const schedule = await make(core, 'every day at 9:00 x', now, { zone: 'Europe/Berlin' });
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

test('down across due times: skipped or made up for once, and said in the history', async (t) => {
  const core = await openTestCore(t);
  const now = at('2026-11-20T08:00:00Z');
  const skip = await make(core, 'every hour x', now);
  const once = await make(core, 'every hour x', now, { options: { missed: 'run_once' } });
  const single = await make(core, 'at 9:30 x', now);
  await tick(core, '2026-11-20T12:20:00Z');
  assert.deepEqual(await states(core, skip), ['2026-11-20T09:00:00.000Z missed']);
  assert.deepEqual(await states(core, once), ['2026-11-20T12:00:00.000Z due']);
  assert.deepEqual(await states(core, single), ['2026-11-20T09:30:00.000Z due']);
  assert.equal((await core.schedules.byId(single.scheduleId))?.state, 'ended');
  const [missed] = await core.schedules.history(skip.scheduleId, 1);
  assert.equal(missed?.note, '4 times passed while Deckhand was off');
  await tick(core, '2026-11-20T13:00:01Z');
  assert.deepEqual((await states(core, skip)).at(-1), '2026-11-20T13:00:00.000Z due');
});

test('a clock that is set back fires nothing again, and one that was far ahead does not silence a schedule', async (t) => {
  const core = await openTestCore(t);
  const schedule = await make(core, 'every hour x', at('2026-11-20T08:00:00Z'));
  await tick(core, '2026-11-20T09:00:00Z');
  await core.clockwork.rewind(at('2026-11-20T08:50:00Z'));
  await tick(core, '2026-11-20T09:00:00Z');
  assert.deepEqual(await states(core, schedule), ['2026-11-20T09:00:00.000Z due']);

  await tick(core, '2031-01-01T00:30:00Z');
  assert.equal((await core.schedules.byId(schedule.scheduleId))?.nextDue, '2031-01-01T01:00:00.000Z');
  assert.equal(await core.clockwork.rewind(at('2026-11-20T09:30:00Z')), 1);
  await tick(core, '2026-11-20T10:00:00Z');
  assert.ok(
    (await core.schedules.history(schedule.scheduleId, 9)).some(
      ({ dueAt }) => dueAt === '2026-11-20T10:00:00.000Z',
    ),
  );
});

test('overlap: allow starts, skip leaves out, buffer_one keeps one and no more', async (t) => {
  const core = await openTestCore(t);
  const now = at('2026-11-20T08:00:00Z');
  const made = {
    allow: await make(core, 'every hour x', now, { options: { overlap: 'allow' } }),
    skip: await make(core, 'every hour x', now, { options: { overlap: 'skip' } }),
    buffer: await make(core, 'every hour x', now, { options: { overlap: 'buffer_one' } }),
  };
  for (const hour of ['09', '10', '11']) {
    await tick(core, `2026-11-20T${hour}:00:00Z`);
    await handIn(core, at(`2026-11-20T${hour}:00:00Z`));
  }
  const short = async (schedule: ScheduleFacts) =>
    (await states(core, schedule)).map((line) => line.split(' ')[1]);
  assert.deepEqual(await short(made.allow), ['submitted', 'submitted', 'submitted']);
  assert.deepEqual(await short(made.skip), ['submitted', 'skipped', 'skipped']);
  assert.deepEqual(await short(made.buffer), ['submitted', 'buffered', 'skipped']);
  await work(core, 'succeeded');
  await tick(core, '2026-11-20T11:30:00Z');
  assert.deepEqual(await short(made.buffer), ['succeeded', 'due', 'skipped']);
});

test('three failures in a row pause it and owe its thread words, once; a success between them does not', async (t) => {
  const core = await openTestCore(t);
  const schedule = await make(core, 'every hour x', at('2026-11-20T00:00:00Z'));
  const endings = ['failed', 'failed', 'succeeded', 'failed', 'failed', 'failed'] as const;
  for (const [hour, ending] of endings.entries()) {
    const now = new Date(Date.UTC(2026, 10, 20, hour + 1));
    assert.equal((await core.schedules.byId(schedule.scheduleId))?.state, 'active', `hour ${hour}`);
    await tick(core, now.toISOString());
    await handIn(core, now);
    await work(core, ending);
    await tick(core, now.toISOString());
  }
  const paused = await core.schedules.byId(schedule.scheduleId);
  assert.deepEqual([paused?.state, paused?.pausedBecause], ['paused', 'it failed 3 times in a row']);
  const owed = await core.notices.take(['console'], 10);
  assert.equal(owed.length, 1);
  assert.match(owed[0]?.text ?? '', /failed 3 times in a row/);
  const resumed = await core.schedules.resume(schedule.scheduleId, at('2026-11-20T06:10:00Z'));
  assert.deepEqual([resumed?.nextDue, resumed?.failures], ['2026-11-20T07:00:00.000Z', 0]);
});

for (const schedulers of [2, 5]) {
  test(`I1: ${schedulers} schedulers that race make each firing once and hand it in once`, async (t) => {
    const core = await openTestCore(t);
    const all: Core[] = [core];
    while (all.length < schedulers) all.push(await openAnother(t, core));
    const now = at('2026-11-20T08:00:00Z');
    for (let n = 0; n < 60; n += 1) await make(core, `every hour x ${n}`, now, { owner: `p${n % 7}` });
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
    await tick(core, due.toISOString());
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

test('a schedule that can no longer be read is paused and says so, and holds up no other', async (t) => {
  const core = await openTestCore(t);
  const now = at('2026-11-20T08:00:00Z');
  const broken = await make(core, 'every hour x', now);
  const well = await make(core, 'every hour x', now);
  await core.database.pool.query(`UPDATE schedule SET zone = 'Mars/Olympus' WHERE id = $1`, [
    broken.scheduleId,
  ]);
  await tick(core, '2026-11-20T09:00:00Z');
  assert.deepEqual(await states(core, well), ['2026-11-20T09:00:00.000Z due']);
  const { rows } = await core.database.pool.query('SELECT state FROM schedule WHERE id = $1', [
    broken.scheduleId,
  ]);
  assert.equal(rows[0].state, 'paused');
  assert.match((await core.notices.take(['console'], 9))[0]?.text ?? '', /can no longer read its rule/);
});

test('old history and unsaved drafts are dropped; what is due, running or saved stays', async (t) => {
  const core = await openTestCore(t);
  const now = at('2026-11-20T08:00:00Z');
  const schedule = await make(core, 'every hour x', now, { options: { overlap: 'allow' } });
  for (const [hour, ending] of [
    ['09', true],
    ['10', false],
  ] as const) {
    await tick(core, `2026-11-20T${hour}:00:00Z`);
    await handIn(core, at(`2026-11-20T${hour}:00:00Z`));
    if (ending) await work(core, 'succeeded');
    await tick(core, `2026-11-20T${hour}:00:00Z`);
  }
  const spec = planSchedule('every hour y', now, 'UTC', limits);
  const { owner, thread } = schedule;
  const draft = await core.schedules.draft({ owner, thread, source: 'draft', spec, changes: null });
  assert.equal(await core.clockwork.forgetHistory(at('2026-11-20T09:30:00Z')), 1);
  assert.equal(await core.clockwork.forgetDrafts(new Date(Date.now() + 60_000)), 1);
  assert.equal(await core.schedules.byId(draft.scheduleId), null);
  assert.deepEqual(await states(core, schedule), ['2026-11-20T10:00:00.000Z submitted']);
});

test('of a flood, each owner is served in turn', async (t) => {
  const core = await openTestCore(t);
  const now = at('2026-11-20T08:00:00Z');
  for (let n = 0; n < 20; n += 1) await make(core, 'every hour x', now, { owner: 'many' });
  for (const owner of ['ben', 'cleo']) await make(core, 'every hour x', now, { owner });
  await tick(core, '2026-11-20T09:00:00Z');
  const first = await core.firings.take('test', at('2026-11-20T09:00:00Z'), 3, 1_000);
  assert.deepEqual(first.map(({ owner }) => owner.name).sort(), ['ben', 'cleo', 'many']);
});

test('jitter moves a firing, always by the same, never before its moment', async (t) => {
  const core = await openTestCore(t);
  const now = at('2026-11-20T08:00:00Z');
  const made = await Promise.all(
    Array.from({ length: 20 }, (_, n) =>
      make(core, 'every hour x', now, { owner: `p${n}`, options: { jitterMs: 30_000 } }),
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

test('limits: too many for one person, too often, past meanwhile; each says what to do', async (t) => {
  const core = await openTestCore(t);
  const now = at('2026-11-20T08:00:00Z');
  const first = await make(core, 'in 10 minutes x', now);
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
  const schedule = await make(core, 'every hour x', now);
  await tick(core, '2026-11-20T09:00:00Z');
  assert.equal((await core.schedules.pause(schedule.scheduleId))?.state, 'paused');
  assert.deepEqual(await states(core, schedule), ['2026-11-20T09:00:00.000Z skipped']);
  await core.schedules.runNow(schedule.scheduleId, at('2026-11-20T09:00:00Z'), 'press');
  await core.schedules.runNow(schedule.scheduleId, at('2026-11-20T09:00:05Z'), 'press');
  assert.deepEqual(await states(core, schedule), [
    '2026-11-20T09:00:00.000Z skipped',
    '2026-11-20T09:00:00.001Z due',
  ]);
  assert.equal(await core.schedules.remove(schedule.scheduleId), true);
  assert.equal(await core.schedules.remove(schedule.scheduleId), false);
});

test('a firing that cannot be handed in pauses its schedule and says why', async (t) => {
  const core = await openTestCore(t);
  const schedule = await make(core, 'every hour x', at('2026-11-20T08:00:00Z'));
  await tick(core, '2026-11-20T09:00:00Z');
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
