import { DeckhandError } from '#core/errors.ts';
import { nextTimes } from './next-time.ts';
import type { Missed, Overlap, RunMode, ScheduleSpec } from './types.ts';
import { type Reading, readSchedule } from './words/read-schedule.ts';
import { zoneNamed, zonesLike } from './zone.ts';

export interface ScheduleLimits {
  /** The shortest distance between two firings of a schedule, in milliseconds. */
  floorMs: number;
  maxPerOwner: number;
}

export const usualLimits: ScheduleLimits = { floorMs: 60_000, maxPerOwner: 50 };

/** What else may be said about a schedule; the rest is usual. */
export interface PlanOptions {
  overlap?: Overlap | undefined;
  runMode?: RunMode | undefined;
  missed?: Missed | undefined;
  jitterMs?: number | undefined;
}

/** How many moments ahead are compared with the floor. */
const looked = 60;

/**
 * A request in words as a schedule.
 * @throws {DeckhandError} blame asker, with words that would be understood: `schedule.unclear`, `schedule.wrong`,
 *   `schedule.incomplete`, `schedule.not_understood`, `schedule.cron_invalid`, `schedule.never`, `schedule.too_often`, `schedule.zone_unknown`
 */
export function planSchedule(
  text: string,
  now: Date,
  zone: string,
  limits: ScheduleLimits,
  options: PlanOptions = {},
): ScheduleSpec {
  const known = zoneNamed(zone);
  if (!known) {
    const like = zonesLike(zone);
    throw refusal(
      'schedule.zone_unknown',
      `I know no time zone ${zone}. ${like.length > 0 ? `Did you mean ${like.join(' or ')}?` : 'Write it as Europe/Berlin.'}`,
    );
  }
  return specOf(readSchedule(text, now, known), now, limits, options);
}

/** As `planSchedule`, from what was read before. */
function specOf(
  reading: Reading,
  now: Date,
  limits: ScheduleLimits,
  options: PlanOptions = {},
): ScheduleSpec {
  if (reading.kind !== 'read') throw notRead(reading);
  const { when, zone, words, text } = reading;
  const next = nextTimes(when, zone, now, looked);
  if (next.length === 0)
    throw refusal('schedule.never', `${words} never comes. Look at the day and the month.`);
  const gapMs = next
    .slice(1)
    .reduce((least, at, index) => Math.min(least, at.getTime() - (next[index] as Date).getTime()), Infinity);
  if (gapMs < limits.floorMs) throw tooOften(words, limits.floorMs);
  return {
    when,
    zone,
    words,
    text,
    overlap: options.overlap ?? 'skip',
    runMode: options.runMode ?? 'new_thread',
    // A single moment that passed while the machine was off is still wanted; one of many comes again.
    missed: options.missed ?? (when.kind === 'once' ? 'run_once' : 'skip'),
    jitterMs: Math.min(options.jitterMs ?? 0, limits.floorMs / 2),
  };
}

function notRead(reading: Exclude<Reading, { kind: 'read' }>): DeckhandError {
  if (reading.kind === 'none') {
    return refusal(
      'schedule.not_understood',
      'I cannot read when this shall be done. Begin with the time: every weekday at 9:00 …, every 15 minutes …, on the first of the month at 6:00 …, at friday 16:00 …, in 2 hours …, or cron "0 9 * * 1-5" …',
    );
  }
  const said = reading.kind === 'unclear' ? reading.question : reading.message;
  const choices = reading.choices.length > 0 ? ` Write: ${reading.choices.join('  or  ')}` : '';
  return refusal(`schedule.${reading.kind}`, `${said}${choices}`);
}

function tooOften(words: string, floorMs: number): DeckhandError {
  const minutes = Math.ceil(floorMs / 60_000);
  return refusal(
    'schedule.too_often',
    `${words} is too often: the shortest distance here is ${minutes} ${minutes === 1 ? 'minute' : 'minutes'}. Write: every ${Math.max(minutes, 1)} minutes …`,
  );
}

function refusal(code: string, message: string): DeckhandError {
  return new DeckhandError(code, message, { blame: 'asker' });
}
