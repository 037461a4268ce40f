import type pg from 'pg';
import { formatThreadRef } from '#core/chat/thread-ref.ts';
import { DeckhandError } from '#core/errors.ts';
import { canonical, wellFormed } from '#core/events/canonical.ts';
import { newId } from '#core/ids.ts';
import { nextTime } from '#core/schedules/next-time.ts';
import type { NewDraft, Schedules } from '#core/schedules/ports.ts';
import type { FiringFacts, ScheduleFacts } from '#core/schedules/types.ts';
import { type Database, type Queryable, transaction } from '../database.ts';
import {
  type FiringRow,
  jitterOf,
  type ScheduleRow,
  selectSchedule,
  toFiring,
  toSchedule,
  whenOf,
} from './rows.ts';

/** Schedules on Postgres. What moves a schedule holds its row's lock. */
export function openSchedules({ pool }: Database): Schedules {
  const read = async (db: Queryable, rest: string, values: unknown[]): Promise<ScheduleFacts[]> =>
    (await db.query<ScheduleRow>(`${selectSchedule} ${rest}`, values)).rows.map(toSchedule);
  const one = async (db: Queryable, id: string) => (await read(db, 'WHERE s.id = $1', [id]))[0] ?? null;

  return {
    draft: (draft) => insertDraft(pool, draft).then((id) => one(pool, id) as Promise<ScheduleFacts>),

    save: (scheduleId, now, maxPerOwner) =>
      transaction(pool, async (db) => {
        const draft = await lock(db, scheduleId);
        if (!draft) return null;
        if (draft.state !== 'draft') return one(db, scheduleId);
        if (draft.changes) return one(db, await applyChange(db, draft, now));
        // The owner's row lock makes two saves of one person wait for each other.
        await db.query('SELECT 1 FROM "user" WHERE id = $1 FOR NO KEY UPDATE', [draft.owner_id]);
        const { rows } = await db.query<{ n: number }>(
          `SELECT count(*)::int AS n FROM schedule WHERE owner_id = $1 AND state IN ('active', 'paused')`,
          [draft.owner_id],
        );
        if ((rows[0]?.n ?? 0) >= maxPerOwner) throw tooMany(maxPerOwner);
        await activate(db, draft, now);
        return one(db, scheduleId);
      }),

    byId: (scheduleId) => one(pool, scheduleId),
    list: ({ ownerId, limit }) =>
      read(
        pool,
        `WHERE s.state <> 'draft' AND ($1::text IS NULL OR s.owner_id = $1)
         ORDER BY s.next_at NULLS LAST, s.created_at DESC LIMIT $2`,
        [ownerId ?? null, limit],
      ),

    pause: (scheduleId) =>
      transaction(pool, async (db) => {
        const known = await lock(db, scheduleId);
        if (known?.state !== 'active') return null;
        await pauseLocked(db, scheduleId, null);
        return one(db, scheduleId);
      }),

    resume: (scheduleId, now) =>
      transaction(pool, async (db) => {
        const known = await lock(db, scheduleId);
        if (known?.state !== 'paused') return null;
        await activate(db, known, now);
        return one(db, scheduleId);
      }),

    remove: async (scheduleId) =>
      ((await pool.query('DELETE FROM schedule WHERE id = $1', [scheduleId])).rowCount ?? 0) > 0,

    runNow: (scheduleId, now, key) =>
      transaction(pool, async (db) => {
        const known = await lock(db, scheduleId);
        if (!known || known.state === 'draft') return null;
        const found = await db.query<FiringRow>(
          'SELECT * FROM firing WHERE schedule_id = $1 AND request = $2',
          [scheduleId, key],
        );
        return toFiring(found.rows[0] ?? (await insertNow(db, known, now, key)));
      }),

    history: async (scheduleId, limit) => {
      const rest = 'SELECT * FROM firing WHERE schedule_id = $1 ORDER BY due_at DESC LIMIT $2';
      return (await pool.query<FiringRow>(rest, [scheduleId, limit])).rows.map(toFiring);
    },

    lastFirings: async (scheduleIds, each) => {
      const { rows } = await pool.query<FiringRow>(
        `SELECT f.* FROM unnest($1::text[]) AS wanted(id), LATERAL
           (SELECT * FROM firing WHERE schedule_id = wanted.id ORDER BY due_at DESC LIMIT $2) f`,
        [scheduleIds, each],
      );
      const all = new Map<string, FiringFacts[]>();
      for (const row of rows) all.set(row.schedule_id, [...(all.get(row.schedule_id) ?? []), toFiring(row)]);
      return all;
    },
  };
}

/** Pauses a schedule whose row is locked; what is due and has not begun is left out. */
export async function pauseLocked(db: Queryable, scheduleId: string, because: string | null): Promise<void> {
  await db.query(
    `UPDATE schedule SET state = 'paused', next_due = NULL, next_at = NULL, paused_because = $2 WHERE id = $1`,
    [scheduleId, because],
  );
  await db.query(
    `UPDATE firing SET state = 'skipped', note = 'the schedule was paused', settled_at = now()
     WHERE schedule_id = $1 AND state IN ('due', 'buffered')`,
    [scheduleId],
  );
}

async function lock(db: Queryable, scheduleId: string): Promise<ScheduleRow | null> {
  const { rows } = await db.query<ScheduleRow>('SELECT * FROM schedule WHERE id = $1 FOR NO KEY UPDATE', [
    scheduleId,
  ]);
  return rows[0] ?? null;
}

async function insertDraft(
  pool: pg.Pool,
  { owner, thread, source, spec, changes }: NewDraft,
): Promise<string> {
  const { rows } = await pool.query<{ id: string }>(
    `INSERT INTO schedule (id, owner_id, account_id, thread_ref, source, text, rule, zone, words, overlap, run_mode,
       missed, jitter_ms, changes)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
     ON CONFLICT (source) DO UPDATE SET source = excluded.source RETURNING id`,
    [
      newId('sch'),
      owner.userId,
      owner.accountId,
      formatThreadRef(thread),
      source,
      wellFormed(spec.text),
      canonical(spec.when),
      spec.zone,
      spec.words,
      spec.overlap,
      spec.runMode,
      spec.missed,
      Math.round(spec.jitterMs),
      changes,
    ],
  );
  return rows[0]?.id ?? '';
}

async function activate(db: Queryable, row: ScheduleRow, now: Date): Promise<void> {
  const due = nextTime(whenOf(row), row.zone, now);
  if (!due) throw past(row.words);
  await db.query(
    `UPDATE schedule SET state = 'active', next_due = $2, next_at = $3, failures = 0, paused_because = NULL
     WHERE id = $1`,
    [row.id, due, new Date(due.getTime() + jitterOf(row.id, due, row.jitter_ms))],
  );
}

/** The draft's rule and request become the schedule's; its history stays. */
async function applyChange(db: Queryable, draft: ScheduleRow, now: Date): Promise<string> {
  const target = await lock(db, draft.changes ?? '');
  if (!target) throw new DeckhandError('not_found', 'The schedule that this changes is gone.');
  await db.query(
    `UPDATE schedule SET text = $2, rule = $3, zone = $4, words = $5, overlap = $6, run_mode = $7, missed = $8,
       jitter_ms = $9, revision = revision + 1 WHERE id = $1`,
    [
      target.id,
      draft.text,
      draft.rule,
      draft.zone,
      draft.words,
      draft.overlap,
      draft.run_mode,
      draft.missed,
      draft.jitter_ms,
    ],
  );
  await activate(db, { ...draft, id: target.id }, now);
  await db.query('DELETE FROM schedule WHERE id = $1', [draft.id]);
  return target.id;
}

async function insertNow(db: Queryable, row: ScheduleRow, now: Date, key: string): Promise<FiringRow> {
  // A moment that is taken already, by the clock or by another press, is moved on by a millisecond.
  for (let at = now.getTime(); ; at += 1) {
    const { rows } = await db.query<FiringRow>(
      `INSERT INTO firing (schedule_id, due_at, owner_id, state, cause, request) VALUES ($1, $2, $3, 'due', 'run_now', $4)
       ON CONFLICT (schedule_id, due_at) DO NOTHING RETURNING *`,
      [row.id, new Date(at), row.owner_id, key],
    );
    if (rows[0]) return rows[0];
  }
}

function tooMany(max: number): DeckhandError {
  return new DeckhandError(
    'schedule.too_many',
    `Not saved: you have ${max} schedules, the most that one person may have here. Delete one that you no longer need: schedules.`,
    { blame: 'asker' },
  );
}

function past(words: string): DeckhandError {
  return new DeckhandError(
    'schedule.past',
    `Not saved: its time (${words}) has passed meanwhile. Say a new one, for example in 2 hours …`,
    { blame: 'asker' },
  );
}
