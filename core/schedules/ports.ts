import type { ThreadRef } from '#core/chat/thread-ref.ts';
import type { FiringFacts, ScheduleFacts, ScheduleOwner, ScheduleSpec } from './types.ts';

export interface NewDraft {
  owner: ScheduleOwner;
  thread: ThreadRef;
  /** The identity of the message that asks: asked again, it gives the draft that is there (I2). */
  source: string;
  spec: ScheduleSpec;
  /** The schedule that this draft changes once it is saved. */
  changes: string | null;
}

/** What people do to schedules. Who may is decided before (`may-change.ts`). */
export interface Schedules {
  /** A draft does nothing until it is saved; after a day it is forgotten. */
  draft(draft: NewDraft): Promise<ScheduleFacts>;
  /**
   * Makes a draft active; a draft that changes a schedule becomes part of it. The same draft again gives what it became.
   * Null when there is no such draft any more. @throws {DeckhandError} `schedule.too_many`, `schedule.past`
   */
  save(scheduleId: string, now: Date, maxPerOwner: number): Promise<ScheduleFacts | null>;
  byId(scheduleId: string): Promise<ScheduleFacts | null>;
  /** Saved ones of a person, or of everybody; soonest first. */
  list(filter: { ownerId?: string; limit: number }): Promise<ScheduleFacts[]>;
  /** Firings that wait are skipped. Null when it is not active. */
  pause(scheduleId: string): Promise<ScheduleFacts | null>;
  /** From `now` on, with no failures counted. Null when it is not paused. @throws `schedule.past` */
  resume(scheduleId: string, now: Date): Promise<ScheduleFacts | null>;
  /** False when it is gone already. Turns that it started go on. */
  remove(scheduleId: string): Promise<boolean>;
  /** Fires once now, whatever its rule and also while paused. `key` names the request: repeated, it fires once. */
  runNow(scheduleId: string, now: Date, key: string): Promise<FiringFacts | null>;
  /** Newest first. */
  history(scheduleId: string, limit: number): Promise<FiringFacts[]>;
  /** The newest few firings of each, newest first. */
  lastFirings(scheduleIds: string[], each: number): Promise<Map<string, FiringFacts[]>>;
}

/** The clock's side, for any number of processes at once. All of it may be repeated and killed at any point. */
export interface Clockwork {
  /** Turns due moments into firings and moves their schedules on; gives how many schedules it moved. */
  advance(now: Date, limit: number): Promise<number>;
  /** Writes down how the turns of firings ended; lets buffered ones go on; pauses what fails again and again. */
  settle(now: Date, limit: number): Promise<number>;
  /** The clock was set back: schedules that wait for a moment too far away wait for the right one again. */
  rewind(now: Date): Promise<number>;
  /** Drops drafts that nobody saved. */
  forgetDrafts(before: Date): Promise<number>;
  /** Drops firings and notices that were settled before; those of turns that still run stay. */
  forgetHistory(before: Date): Promise<number>;
}

/** A firing to be handed in as a turn, with all that takes. */
export interface DueFiring {
  scheduleId: string;
  dueAt: string;
  owner: ScheduleOwner;
  thread: ThreadRef;
  runMode: ScheduleSpec['runMode'];
  text: string;
  words: string;
  /** Has nobody tried to hand it in before? */
  first: boolean;
}

/** The way of firings to the thread, for any number of processes at once. */
export interface Firings {
  /** Due firings, one of each owner first; nobody else is given them before `leaseMs` is over. */
  take(by: string, now: Date, limit: number, leaseMs: number): Promise<DueFiring[]>;
  submitted(firing: DueFiring, turnId: string): Promise<void>;
  /** It is tried again then. */
  postpone(firing: DueFiring, until: Date, note: string): Promise<void>;
  /** It starts no turn; its schedule is paused and its thread is told why. `tell`: another place, where that one is gone. */
  refuse(
    firing: DueFiring,
    because: string,
    tell?: { to: ThreadRef /** Markdown that names the schedule's thread. */; link: string },
  ): Promise<void>;
}
