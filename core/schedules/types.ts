import type { ThreadRef } from '#core/chat/thread-ref.ts';

/** When a schedule is due. Wall-clock rules are read in the schedule's zone; intervals are elapsed time. */
export type When =
  /** Five fields, or a shorthand such as `@daily`. */
  | { kind: 'cron'; expression: string }
  /** Every `everyMs` after `from` (ISO 8601). */
  | { kind: 'interval'; everyMs: number; from: string }
  /** Once, at this moment (ISO 8601). */
  | { kind: 'once'; at: string };

/** What happens when it is due while an earlier firing still runs. `buffer_one`: one waits, more are skipped. */
export type Overlap = 'allow' | 'skip' | 'buffer_one';

/** Where a firing runs: a thread of its own beside the schedule's, or the thread it was made in. */
export type RunMode = 'new_thread' | 'same_thread';

/** What becomes of due moments that passed while nobody looked. */
export type Missed = 'skip' | 'run_once';

/** `draft → active ⇄ paused`, `active → ended`; deleted from everywhere. The database refuses other states. */
export type ScheduleState = 'draft' | 'active' | 'paused' | 'ended';

/**
 * `due → submitted → succeeded / failed / cancelled`; `buffered → due`. `skipped`, `missed` and `refused` are ends that
 * start no turn.
 */
export type FiringState =
  | 'due'
  | 'buffered'
  | 'submitted'
  | 'succeeded'
  | 'failed'
  | 'cancelled'
  | 'skipped'
  | 'missed'
  | 'refused';

/** Who a schedule acts for, and the account that speaks for them where it runs. */
export interface ScheduleOwner {
  userId: string;
  accountId: string;
  name: string;
}

/** What a person fixes when a schedule is made. */
export interface ScheduleSpec {
  when: When;
  /** IANA name. */
  zone: string;
  /** What was understood, in words: `every weekday at 09:00`. */
  words: string;
  /** The request that each firing makes. */
  text: string;
  overlap: Overlap;
  runMode: RunMode;
  missed: Missed;
  /** A firing is moved by up to this, so that not all of them come in the same second. */
  jitterMs: number;
}

export interface ScheduleFacts extends ScheduleSpec {
  scheduleId: string;
  owner: ScheduleOwner;
  /** The thread it was made in: notices go there, and firings in `same_thread`. */
  thread: ThreadRef;
  state: ScheduleState;
  /** Why it is paused, for people; null when a person paused it or it is not paused. */
  pausedBecause: string | null;
  /** Failures in a row. */
  failures: number;
  /** Next due moment, ISO 8601. */
  nextDue: string | null;
  /** Rises with every edit. */
  revision: number;
  createdAt: string;
}

export interface FiringFacts {
  scheduleId: string;
  /** ISO 8601. */
  dueAt: string;
  state: FiringState;
  cause: 'clock' | 'run_now';
  turnId: string | null;
  /** Why it started no turn, for people. */
  note: string | null;
  settledAt: string | null;
}
