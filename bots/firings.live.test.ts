import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { consoleAdapter } from '#bots/console/adapter.ts';
import type { ConsoleContent } from '#bots/console/types.ts';
import { DeckhandError } from '#core/errors.ts';
import { openConsoleThreads } from '#core/infra/console-threads.ts';
import { openLog } from '#core/log.ts';
import { planSchedule } from '#core/schedules/plan.ts';
import { openTestCore, sayAccepted } from '#core/testing/core.ts';
import { deliver, type FiringDeps } from './firings.ts';
import { openInbound } from './inbound.ts';

const now = new Date('2026-11-20T08:00:00Z');
const due = new Date('2026-11-20T09:00:00Z');
const home = { platform: 'console', workspace: 'local', channel: 'home', thread: 'thr_home' } as const;

/** A core with one schedule of Ana's whose moment has come, and what hands it in. */
async function stage(t: TestContext, maxQueued: number) {
  const core = await openTestCore(t);
  const ana = await core.identities.resolve(
    'console',
    { externalId: 'local', name: 'local' },
    { id: 'ana', name: 'ana' },
  );
  const { scheduleId } = await core.schedules.draft({
    owner: { userId: ana.userId, accountId: 'ana', name: 'ana' },
    thread: home,
    source: 'test',
    spec: planSchedule('every hour look', now, 'UTC', { floorMs: 60_000, maxPerOwner: 9 }),
    changes: null,
  });
  await core.schedules.save(scheduleId, now, 9);
  await core.clockwork.advance(due, 10);
  const log = openLog('test', 'silent');
  const threads = openConsoleThreads<ConsoleContent>(core.database);
  const deps: FiringDeps = {
    ...core,
    adapters: { console: consoleAdapter(threads) },
    handle: openInbound({ ...core, log, limits: { maxQueued, maxMessageBytes: 1_000 } }),
    log,
    now: () => due,
  };
  const firing = async () => (await core.schedules.history(scheduleId, 1))[0];
  return { core, deps, threads, scheduleId, firing };
}

test('a full queue does not lose a firing: it says why, and is handed in when there is room', async (t) => {
  const { core, deps, firing } = await stage(t, 1);
  const { turnId } = await sayAccepted(core, 'thr_other', { by: 'ana' });
  await deliver(deps, 'one');
  assert.equal((await firing())?.state, 'due');
  assert.match((await firing())?.note ?? '', /1 requests waiting/);
  await core.turns.cancelQueued(turnId, { userId: 'x', name: 'x' }, 'stopped');
  await deliver({ ...deps, now: () => new Date(due.getTime() + 31_000) }, 'one');
  assert.equal((await firing())?.state, 'submitted');
});

test('a place that is gone pauses the schedule with the reason, and no turn begins', async (t) => {
  const { core, deps, scheduleId, firing } = await stage(t, 10);
  const gone = {
    ...consoleAdapter(openConsoleThreads<ConsoleContent>(core.database)),
    openThread: async () => {
      throw new DeckhandError('platform.refused', 'The channel was deleted.');
    },
  };
  await deliver({ ...deps, adapters: { console: gone } }, 'one');
  assert.equal((await firing())?.state, 'refused');
  const schedule = await core.schedules.byId(scheduleId);
  assert.deepEqual(
    [schedule?.state, schedule?.pausedBecause],
    ['paused', 'I can no longer post there. The channel was deleted.'],
  );
});

test('a platform that is away keeps the firing for later', async (t) => {
  const { deps, firing } = await stage(t, 10);
  await deliver({ ...deps, adapters: {} }, 'one');
  assert.equal((await firing())?.state, 'due');
  assert.match((await firing())?.note ?? '', /console is not connected/);
});

test('I1: whoever dies after handing in and before noting it hands in nothing twice', async (t) => {
  const { core, deps, threads, firing } = await stage(t, 10);
  const dies = {
    ...deps.firings,
    submitted: async () => Promise.reject(new Error('killed')),
    postpone: async () => {},
  };
  await deliver({ ...deps, firings: dies }, 'one');
  assert.equal((await firing())?.state, 'due');
  await deliver({ ...deps, now: () => new Date(due.getTime() + 60_000) }, 'two');
  assert.equal((await firing())?.state, 'submitted');
  const { rows } = await core.database.pool.query<{ thread_ref: string }>(
    'SELECT s.thread_ref FROM turn t JOIN session s ON s.id = t.session_id',
  );
  assert.equal(rows.length, 1);
  assert.equal(
    (await threads.list(rows[0]?.thread_ref.split('/').at(-1) ?? '', 10)).length,
    1,
    'one opening line',
  );
});
