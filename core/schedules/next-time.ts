import { readCron } from './cron.ts';
import type { When } from './types.ts';

/** The first due moment after `after`, or null when none will come. */
export function nextTime(when: When, zone: string, after: Date): Date | null {
  if (when.kind === 'cron') return readCron(when.expression, zone).nextRun(after);
  if (when.kind === 'once') return new Date(when.at) > after ? new Date(when.at) : null;
  const from = Date.parse(when.from);
  const passed = Math.floor((after.getTime() - from) / when.everyMs);
  return new Date(from + Math.max(1, passed + 1) * when.everyMs);
}

/** The next `count` due moments after `after`; fewer when the schedule ends before. */
export function nextTimes(when: When, zone: string, after: Date, count: number): Date[] {
  if (when.kind === 'cron') return readCron(when.expression, zone).nextRuns(count, after);
  const times: Date[] = [];
  for (let next = nextTime(when, zone, after); next && times.length < count; ) {
    times.push(next);
    next = nextTime(when, zone, next);
  }
  return times;
}

/**
 * The due moments from `due` up to `now`: how many, and the last. One that was down for a year has many; what is older
 * than `maxCounted` of them is not counted one by one.
 */
export function passedTimes(
  when: When,
  zone: string,
  due: Date,
  now: Date,
): { count: number; last: Date; next: Date | null } {
  const next = nextTime(when, zone, now > due ? now : due);
  if (now < due) return { count: 0, last: due, next };
  if (when.kind === 'interval') {
    const steps = Math.floor((now.getTime() - due.getTime()) / when.everyMs);
    return { count: steps + 1, last: new Date(due.getTime() + steps * when.everyMs), next };
  }
  if (when.kind === 'once') return { count: 1, last: due, next };
  const cron = readCron(when.expression, zone);
  let count = 1;
  let last = due;
  for (let at = cron.nextRun(due); at && at <= now && count < maxCounted; at = cron.nextRun(at)) {
    last = at;
    count += 1;
  }
  return { count, last: count < maxCounted ? last : (cron.previousRuns(1, now)[0] ?? last), next };
}

const maxCounted = 1_000;
