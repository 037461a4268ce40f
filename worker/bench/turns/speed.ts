import { createPostgresBackend, Queue, runMigrations, Worker } from 'bullmq';
import pg from 'pg';
import { sayAccepted } from '#core/testing/core.ts';
import { type Busy, busySoFar } from '../busy.ts';
import { untilAllEnded } from '../unfinished.ts';
import { atOnce } from './at-once.ts';
import type { Place } from './place.ts';

/** How fast units of work go through, and what one of them takes. */
export interface Speed {
  perSecond: number;
  /** Transactions that write. */
  commits: number;
  /** Processor time, in ms. */
  busy: Busy;
}

const slots = 8;

/** Submits and runs turns of many people as fast as they go: model instant, no sandbox, nothing posted. */
export async function measureTurns(place: Place, turns: number): Promise<Speed> {
  const { pool } = place.core.database;
  const worker = await place.startWorker(slots);
  const speed = await timed(pool, turns, async () => {
    await atOnce(turns, async (n) => {
      const { sessionId } = await sayAccepted(place.core, `speed${n % 200}`, { by: `person${n % 40}` });
      await place.core.bell.ring(sessionId);
    });
    await untilAllEnded(pool);
  });
  await worker.stop();
  return speed;
}

/** What the queue alone does here: a job added and processed, with single-row commits beside it. */
export async function measureBareQueue(url: string, jobs: number, besides: number): Promise<Speed> {
  // As our own queue is set up: its commits need no flush, those beside it do.
  const connection = { connectionString: url, options: '-c synchronous_commit=off', max: 4 };
  const pool = new pg.Pool({ connectionString: url, max: slots });
  await runMigrations(pool);
  await pool.query('CREATE TABLE IF NOT EXISTS bare (n int)');
  const queue = new Queue('bare', { connection }, createPostgresBackend);
  const work = async () => {
    for (let n = 0; n < besides; n += 1) await pool.query('INSERT INTO bare VALUES ($1)', [n]);
  };
  const options = { connection, concurrency: slots, removeOnComplete: { count: 0 } };
  const worker = new Worker('bare', work, options, createPostgresBackend);
  const all = Promise.withResolvers<void>();
  let left = jobs;
  worker.on('completed', () => {
    left -= 1;
    if (left === 0) all.resolve();
  });
  try {
    return await timed(pool, jobs, async () => {
      await atOnce(jobs, (n) => queue.add('job', { n }));
      await all.promise;
    });
  } finally {
    await Promise.all([worker.close(), queue.close()]);
    await pool.end();
  }
}

async function timed(pool: pg.Pool, units: number, work: () => Promise<void>): Promise<Speed> {
  const before = await transactions(pool);
  const busyBefore = await busySoFar(pool);
  const began = performance.now();
  await work();
  const seconds = (performance.now() - began) / 1000;
  const busy = await busySoFar(pool);
  return {
    perSecond: units / seconds,
    commits: ((await transactions(pool)) - before) / units,
    busy: {
      ours: (busy.ours - busyBefore.ours) / units,
      postgres: (busy.postgres - busyBefore.postgres) / units,
    },
  };
}

/** Transactions that have written, so far: ids are given to no others. */
async function transactions(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query<{ n: string }>(
    'SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS n',
  );
  return Number(rows[0]?.n);
}
