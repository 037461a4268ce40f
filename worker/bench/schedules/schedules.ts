import { type Core, openCore } from '#core/infra/open-core.ts';
import { openGround } from '../ground.ts';
import { settledBytes } from '../memory.ts';
import { atMost, type Found, percentile, rounded, told } from '../metric.ts';

const sleeping = 100_000;
const due = 1_000;
const ticks = 200;
const batch = 200;

/** What sleeping schedules cost: memory of a process that keeps their clock, and the time of a tick in which none is due. */
export async function benchSchedules(say: (what: string) => void): Promise<Found[]> {
  await using owned = new AsyncDisposableStack();
  const { plainUrl: databaseUrl, home } = await openGround(owned);
  const core = await openCore({ databaseUrl, redisUrl: undefined, home, name: 'bench' });
  owned.defer(() => core.close());
  const owner = await core.identities.localOwner();

  say('ticks without schedules');
  await tickTimes(core);
  const emptyBytes = settledBytes();
  say(`${sleeping} sleeping schedules`);
  await plant(core, owner.userId, 'sleeping', sleeping, '1 day');
  await core.database.pool.query('ANALYZE schedule');
  const times = await tickTimes(core);
  const addedMb = Math.max(0, settledBytes() - emptyBytes) / 1024 / 1024;

  say(`${due} of them due`);
  await plant(core, owner.userId, 'due', due, '0 seconds');
  const began = performance.now();
  while ((await core.clockwork.advance(new Date(Date.now() + 1_000), batch)) > 0);
  const dueMs = performance.now() - began;

  return [
    atMost(
      { metric: `memory added by ${sleeping} sleeping schedules`, value: rounded(addedMb), unit: 'MB' },
      20,
    ),
    atMost({ metric: 'tick, p50', value: rounded(percentile(times, 0.5)), unit: 'ms' }, 50),
    atMost({ metric: 'tick, p99', value: rounded(percentile(times, 0.99)), unit: 'ms' }, 50),
    told({ metric: `${due} due moments become firings`, value: rounded(dueMs), unit: 'ms' }),
  ];
}

/** Milliseconds of each tick, as the scheduler makes them. */
async function tickTimes({ clockwork }: Core): Promise<number[]> {
  const times: number[] = [];
  for (let n = 0; n < ticks; n += 1) {
    const began = performance.now();
    const now = new Date();
    if ((await clockwork.advance(now, batch)) + (await clockwork.settle(now, batch)) > 0)
      throw new Error('nothing was due');
    times.push(performance.now() - began);
  }
  return times;
}

async function plant(
  { database }: Core,
  ownerId: string,
  name: string,
  count: number,
  ahead: string,
): Promise<void> {
  await database.pool.query(
    `INSERT INTO schedule (id, owner_id, account_id, thread_ref, source, text, rule, zone, words, overlap, run_mode, missed,
       state, next_due, next_at)
     SELECT 'sch_' || $2 || n, $1, 'owner', 'console/local/home/thr_home', $2 || '/' || n, 'look ' || n,
       '{"expression":"0 9 * * *","kind":"cron"}', 'Europe/Berlin', 'every day at 09:00', 'skip', 'new_thread', 'skip',
       'active', now() + $4::interval, now() + $4::interval
     FROM generate_series(1, $3) n`,
    [ownerId, name, count, ahead],
  );
}
