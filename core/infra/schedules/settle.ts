import type pg from 'pg';
import { parseThreadRef } from '#core/chat/thread-ref.ts';
import { keepNotice } from '../notices.ts';
import { pauseLocked } from './schedules.ts';

/** So many failures in a row pause a schedule. */
const maxFailures = 3;

interface Ended {
  schedule_id: string;
  due_at: Date;
  ended: 'succeeded' | 'failed' | 'cancelled';
}

interface Standing {
  id: string;
  state: string;
  failures: number;
  words: string;
  thread_ref: string;
}

/**
 * Notes how the turns of firings ended. Failures in a row are counted, a success ends the row, one that people stopped
 * counts as neither.
 */
export async function settleFirings(db: pg.PoolClient, now: Date, limit: number): Promise<number> {
  const { rows: ended } = await db.query<Ended>(
    `SELECT f.schedule_id, f.due_at, t.state AS ended FROM firing f JOIN turn t ON t.id = f.turn_id
     WHERE f.state = 'submitted' AND t.state IN ('succeeded', 'failed', 'cancelled')
     ORDER BY f.schedule_id, f.due_at LIMIT $1`,
    [limit],
  );
  if (ended.length === 0) return 0;
  const { rows: schedules } = await db.query<Standing>(
    `SELECT id, state, failures, words, thread_ref FROM schedule WHERE id = ANY($1)
     ORDER BY id FOR NO KEY UPDATE SKIP LOCKED`,
    [[...new Set(ended.map((one) => one.schedule_id))]],
  );
  const held = new Map(schedules.map((schedule) => [schedule.id, schedule]));
  const mine = ended.filter((one) => held.has(one.schedule_id));
  const { rows: settled } = await db.query<Ended>(
    `UPDATE firing f SET state = e.state, settled_at = $4
     FROM unnest($1::text[], $2::timestamptz[], $3::text[]) AS e(id, due, state)
     WHERE f.schedule_id = e.id AND f.due_at = e.due AND f.state = 'submitted'
     RETURNING f.schedule_id, f.due_at, f.state AS ended`,
    [mine.map((one) => one.schedule_id), mine.map((one) => one.due_at), mine.map((one) => one.ended), now],
  );
  for (const schedule of schedules) {
    const own = settled.filter((one) => one.schedule_id === schedule.id);
    await moveOn(
      db,
      schedule,
      own.sort((a, b) => a.due_at.getTime() - b.due_at.getTime()),
    );
  }
  return settled.length;
}

async function moveOn(db: pg.PoolClient, schedule: Standing, ended: Ended[]): Promise<void> {
  let { failures } = schedule;
  for (const one of ended) {
    if (one.ended === 'succeeded') failures = 0;
    if (one.ended === 'failed') failures += 1;
  }
  if (failures !== schedule.failures) {
    await db.query('UPDATE schedule SET failures = $2 WHERE id = $1', [schedule.id, failures]);
  }
  if (failures >= maxFailures && schedule.state === 'active') {
    const last = ended.at(-1)?.due_at.toISOString() ?? '';
    await pauseLocked(db, schedule.id, `it failed ${failures} times in a row`);
    await keepNotice(db, {
      key: `paused/${schedule.id}/${last}`,
      thread: parseThreadRef(schedule.thread_ref),
      text: `⏸ I paused the schedule "${schedule.words}": it failed ${failures} times in a row. Look at its last threads, then: schedules resume ${schedule.id}`,
    });
    return;
  }
  await db.query(
    `UPDATE firing SET state = 'due' WHERE schedule_id = $1 AND state = 'buffered'
       AND NOT EXISTS (SELECT 1 FROM firing o WHERE o.schedule_id = $1 AND o.state IN ('due', 'submitted'))`,
    [schedule.id],
  );
}
