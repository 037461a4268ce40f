import { parseThreadRef } from '#core/chat/thread-ref.ts';
import type { DueFiring, Firings } from '#core/schedules/ports.ts';
import { type Database, transaction } from '../database.ts';
import { keepNotice } from '../notices.ts';
import { pauseLocked } from './schedules.ts';

interface TakenRow {
  schedule_id: string;
  due_at: Date;
  owner_id: string;
  account_id: string;
  owner_name: string;
  thread_ref: string;
  run_mode: DueFiring['runMode'];
  text: string;
  words: string;
  first: boolean;
}

/** Firings on Postgres, from due to handed in. */
export function openFirings({ pool }: Database): Firings {
  return {
    take: async (by, now, limit, leaseMs) => {
      const { rows } = await pool.query<TakenRow>(
        `WITH fair AS (
           SELECT schedule_id, due_at, row_number() OVER (PARTITION BY owner_id ORDER BY due_at, schedule_id) AS place
           FROM firing WHERE state = 'due' AND not_before <= $2
         ), taken AS (
           SELECT f.schedule_id, f.due_at, fair.place, f.claimed_by IS NULL AS first FROM firing f JOIN fair USING (schedule_id, due_at)
           WHERE f.state = 'due' AND f.not_before <= $2
           ORDER BY fair.place, f.due_at LIMIT $3 FOR NO KEY UPDATE OF f SKIP LOCKED
         ), marked AS (
           UPDATE firing f SET claimed_by = $1, not_before = $4 FROM taken t
           WHERE f.schedule_id = t.schedule_id AND f.due_at = t.due_at RETURNING f.schedule_id, f.due_at, t.place, t.first
         )
         SELECT m.schedule_id, m.due_at, s.owner_id, s.account_id, u.name AS owner_name, s.thread_ref, s.run_mode,
           s.text, s.words, m.first
         FROM marked m JOIN schedule s ON s.id = m.schedule_id JOIN "user" u ON u.id = s.owner_id
         ORDER BY m.place, m.due_at`,
        [by, now, limit, new Date(now.getTime() + leaseMs)],
      );
      return rows.map(toDue);
    },

    submitted: async ({ scheduleId, dueAt }, turnId) => {
      await pool.query(
        `UPDATE firing SET state = 'submitted', turn_id = $3, waits_because = NULL WHERE schedule_id = $1 AND due_at = $2 AND state = 'due'`,
        [scheduleId, dueAt, turnId],
      );
    },

    postpone: async ({ scheduleId, dueAt }, until, note) => {
      await pool.query(
        `UPDATE firing SET not_before = $3, waits_because = $4 WHERE schedule_id = $1 AND due_at = $2 AND state = 'due'`,
        [scheduleId, dueAt, until, note],
      );
    },

    refuse: ({ scheduleId, dueAt, words }, because, tell) =>
      transaction(pool, async (db) => {
        const { rows } = await db.query<{ state: string; thread_ref: string }>(
          'SELECT state, thread_ref FROM schedule WHERE id = $1 FOR NO KEY UPDATE',
          [scheduleId],
        );
        const { rowCount } = await db.query(
          `UPDATE firing SET state = 'refused', note = $3, settled_at = now()
           WHERE schedule_id = $1 AND due_at = $2 AND state = 'due'`,
          [scheduleId, dueAt, because],
        );
        const [schedule] = rows;
        if (rowCount !== 1 || !schedule) return;
        if (schedule.state === 'active') await pauseLocked(db, scheduleId, because);
        const what = schedule.state === 'active' ? 'I paused the schedule' : 'I did not run the schedule';
        await keepNotice(db, {
          key: `refused/${scheduleId}/${dueAt}`,
          thread: tell?.to ?? parseThreadRef(schedule.thread_ref),
          text: `${tell ? `About ${tell.link}: ` : ''}⏸ ${what} "${words}": ${because}\nWhen that is mended: \`schedules resume ${scheduleId}\``,
        });
      }),
  };
}

function toDue(row: TakenRow): DueFiring {
  return {
    scheduleId: row.schedule_id,
    dueAt: row.due_at.toISOString(),
    owner: { userId: row.owner_id, accountId: row.account_id, name: row.owner_name },
    thread: parseThreadRef(row.thread_ref),
    runMode: row.run_mode,
    text: row.text,
    words: row.words,
    first: row.first,
  };
}
