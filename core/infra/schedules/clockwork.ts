import type pg from 'pg';
import { parseThreadRef } from '#core/chat/thread-ref.ts';
import { messageOf } from '#core/errors.ts';
import { nextTime, passedTimes } from '#core/schedules/next-time.ts';
import type { Clockwork } from '#core/schedules/ports.ts';
import { type Database, type Queryable, transaction } from '../database.ts';
import { keepNotice } from '../notices.ts';
import { jitterOf, type ScheduleRow, whenOf } from './rows.ts';
import { pauseLocked } from './schedules.ts';
import { settleFirings } from './settle.ts';

/** What is acted on later than this after its moment was missed. */
const graceMs = 120_000;

/** One due schedule's step: the firings it makes, and where it stands afterwards. */
export interface Step {
  firings: { due: Date; state: 'due' | 'missed'; note: string | null }[];
  next: Date | null;
}

/** What a schedule does at `now`, given that its moment `due` has come. Pure. */
export function stepOf(
  row: Pick<ScheduleRow, 'id' | 'rule' | 'zone' | 'missed' | 'jitter_ms'>,
  due: Date,
  now: Date,
): Step {
  const { count, last, next } = passedTimes(whenOf(row), row.zone, due, now);
  const late = now.getTime() - last.getTime() - jitterOf(row.id, last, row.jitter_ms) > graceMs;
  if (late && row.missed === 'skip') {
    return { firings: [{ due, state: 'missed', note: missedNote(count) }], next };
  }
  if (late) return { firings: [{ due: last, state: 'due', note: missedNote(count) }], next };
  const earlier = count > 1 ? [{ due, state: 'missed' as const, note: missedNote(count - 1) }] : [];
  return { firings: [...earlier, { due: last, state: 'due', note: null }], next };
}

function missedNote(count: number): string {
  return count === 1
    ? 'its time passed while Deckhand was off'
    : `${count} times passed while Deckhand was off`;
}

/** The clock's side of schedules on Postgres. A process that dies in the middle leaves nothing half done. */
export function openClockwork({ pool }: Database): Clockwork {
  return {
    advance: (now, limit) => transaction(pool, (db) => advance(db, now, limit)),
    settle: (now, limit) => transaction(pool, (db) => settleFirings(db, now, limit)),

    rewind: async (now) => {
      let moved = 0;
      for (let after = '', full = true; full; ) {
        const { rows } = await pool.query<WaitingRow>(
          'SELECT * FROM schedule WHERE next_due > $1 AND id > $2 ORDER BY id LIMIT $3',
          [now, after, rewindBatch],
        );
        for (const row of rows) moved += await rewindOne(pool, row, now);
        after = rows.at(-1)?.id ?? after;
        full = rows.length === rewindBatch;
      }
      return moved;
    },

    forgetHistory: async (before) => {
      await pool.query(`DELETE FROM notice WHERE state <> 'reserved' AND created_at < $1`, [before]);
      return (await pool.query('DELETE FROM firing WHERE settled_at < $1', [before])).rowCount ?? 0;
    },

    forgetDrafts: async (before) =>
      (await pool.query(`DELETE FROM schedule WHERE state = 'draft' AND created_at < $1`, [before]))
        .rowCount ?? 0,
  };
}

type WaitingRow = ScheduleRow & { next_due: Date };

const rewindBatch = 1_000;

/** A moment that was fired before the clock was set back is a row already: it comes again and makes none. */
async function rewindOne(db: Queryable, row: WaitingRow, now: Date): Promise<number> {
  const next = nextTime(whenOf(row), row.zone, now);
  if (!next || next >= row.next_due) return 0;
  const at = new Date(next.getTime() + jitterOf(row.id, next, row.jitter_ms));
  const { rowCount } = await db.query(
    'UPDATE schedule SET next_due = $2, next_at = $3 WHERE id = $1 AND next_due = $4',
    [row.id, next, at, row.next_due],
  );
  return rowCount ?? 0;
}

/** One that cannot be read, say because its zone is gone, is paused and says so: it must not hold up the others. */
async function readableStep(db: pg.PoolClient, row: WaitingRow, now: Date): Promise<Step | null> {
  try {
    return stepOf(row, row.next_due, now);
  } catch (error) {
    const because = `I can no longer read its rule (${messageOf(error)})`;
    await pauseLocked(db, row.id, because);
    await keepNotice(db, {
      key: `unreadable/${row.id}/${row.next_due.toISOString()}`,
      thread: parseThreadRef(row.thread_ref),
      text: `⏸ I paused the schedule "${row.words}": ${because}. Edit it.`,
    });
    return null;
  }
}

/** Locked rows are another process's: passed over, never waited for. */
async function advance(db: pg.PoolClient, now: Date, limit: number): Promise<number> {
  const { rows } = await db.query<WaitingRow>(
    'SELECT * FROM schedule WHERE next_at <= $1 ORDER BY next_at LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED',
    [now, limit],
  );
  if (rows.length === 0) return 0;
  const steps = [];
  for (const row of rows) {
    const step = await readableStep(db, row, now);
    if (step) steps.push({ row, ...step });
  }
  const made = steps.flatMap(({ row, firings }) => firings.map((firing) => ({ row, ...firing })));
  // The overlap is judged in the statement that writes: what runs of a schedule cannot begin or end under its row's lock.
  await db.query(
    `INSERT INTO firing (schedule_id, due_at, owner_id, state, cause, note, settled_at)
     SELECT d.id, d.due, d.owner, judged.state, 'clock',
       CASE WHEN judged.state = 'skipped' THEN 'an earlier one still ran' ELSE d.note END,
       CASE WHEN judged.state IN ('skipped', 'missed') THEN now() END
     FROM unnest($1::text[], $2::timestamptz[], $3::text[], $4::text[], $5::text[], $6::text[])
       AS d(id, due, owner, state, note, overlap)
     CROSS JOIN LATERAL (SELECT count(*) AS open FROM firing f
       WHERE f.schedule_id = d.id AND f.state IN ('due', 'buffered', 'submitted')) AS running
     CROSS JOIN LATERAL (SELECT CASE
       WHEN d.state = 'missed' OR d.overlap = 'allow' OR running.open = 0 THEN d.state
       WHEN d.overlap = 'buffer_one' AND running.open = 1 THEN 'buffered'
       ELSE 'skipped' END AS state) AS judged
     ON CONFLICT (schedule_id, due_at) DO NOTHING`,
    [
      made.map(({ row }) => row.id),
      made.map(({ due }) => due),
      made.map(({ row }) => row.owner_id),
      made.map(({ state }) => state),
      made.map(({ note }) => note),
      made.map(({ row }) => row.overlap),
    ],
  );
  await db.query(
    `UPDATE schedule s SET next_due = n.due, next_at = n.at,
       state = CASE WHEN n.due IS NULL THEN 'ended' ELSE s.state END
     FROM unnest($1::text[], $2::timestamptz[], $3::timestamptz[]) AS n(id, due, at) WHERE s.id = n.id`,
    [
      steps.map(({ row }) => row.id),
      steps.map(({ next }) => next),
      steps.map(({ row, next }) => next && new Date(next.getTime() + jitterOf(row.id, next, row.jitter_ms))),
    ],
  );
  return rows.length;
}
