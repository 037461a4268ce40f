import { parseThreadRef } from '#core/chat/thread-ref.ts';
import type { FiringFacts, ScheduleFacts, When } from '#core/schedules/types.ts';

export interface ScheduleRow {
  id: string;
  owner_id: string;
  owner_name: string;
  account_id: string;
  thread_ref: string;
  text: string;
  rule: string;
  zone: string;
  words: string;
  overlap: ScheduleFacts['overlap'];
  run_mode: ScheduleFacts['runMode'];
  missed: ScheduleFacts['missed'];
  jitter_ms: number;
  state: ScheduleFacts['state'];
  paused_because: string | null;
  failures: number;
  revision: number;
  changes: string | null;
  next_due: Date | null;
  created_at: Date;
}

export interface FiringRow {
  schedule_id: string;
  due_at: Date;
  state: FiringFacts['state'];
  cause: FiringFacts['cause'];
  turn_id: string | null;
  note: string | null;
  waits_because: string | null;
  settled_at: Date | null;
}

export const selectSchedule =
  'SELECT s.*, u.name AS owner_name FROM schedule s JOIN "user" u ON u.id = s.owner_id';

export function whenOf(row: { rule: string }): When {
  return JSON.parse(row.rule) as When;
}

export function toSchedule(row: ScheduleRow): ScheduleFacts {
  return {
    scheduleId: row.id,
    owner: { userId: row.owner_id, accountId: row.account_id, name: row.owner_name },
    thread: parseThreadRef(row.thread_ref),
    text: row.text,
    when: whenOf(row),
    zone: row.zone,
    words: row.words,
    overlap: row.overlap,
    runMode: row.run_mode,
    missed: row.missed,
    jitterMs: row.jitter_ms,
    state: row.state,
    pausedBecause: row.paused_because,
    failures: row.failures,
    nextDue: row.next_due?.toISOString() ?? null,
    revision: row.revision,
    createdAt: row.created_at.toISOString(),
  };
}

export function toFiring(row: FiringRow): FiringFacts {
  return {
    scheduleId: row.schedule_id,
    dueAt: row.due_at.toISOString(),
    state: row.state,
    cause: row.cause,
    turnId: row.turn_id,
    note: row.waits_because ?? row.note,
    settledAt: row.settled_at?.toISOString() ?? null,
  };
}

/**
 * How much later than its due moment a firing starts: always the same for the same moment, so that processes agree.
 */
export function jitterOf(scheduleId: string, due: Date, jitterMs: number): number {
  if (jitterMs === 0) return 0;
  let hash = 2_166_136_261;
  for (const character of `${scheduleId}/${due.getTime()}`) {
    hash = Math.imul(hash ^ character.charCodeAt(0), 16_777_619) >>> 0;
  }
  return hash % jitterMs;
}
