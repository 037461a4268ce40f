import { ordinalName, ordinalOf, weekdayName, weekdayOf } from './days.ts';
import type { Reader } from './reader.ts';
import { Stop } from './stop.ts';
import { readTimes, showTimeOfDay, type TimeOfDay } from './time-of-day.ts';

/** A rule that comes again, as cron fields or as a distance in minutes, and in words. */
export type Recurring = { words: string } & ({ expression: string } | { everyMinutes: number });

/** Which days, as the last three fields of a cron expression. */
interface Days {
  fields: string;
  words: string;
}

const minutesOf: Record<string, number> = { minute: 1, hour: 60, day: 1_440, week: 10_080 };
/** Longest distance between two firings, in minutes: a year. */
const longest = 366 * 1_440;

/**
 * `every weekday at 9:00`, `every 15 minutes`, `on the first of the month at 6:00`, `mondays and fridays at 9:00`,
 * `at 9:00 every day`. Null when this is not how the text begins. @throws {Stop}
 */
export function readRecurring(reader: Reader): Recurring | null {
  return (
    reader.attempt(() => readDistance(reader)) ??
    reader.attempt(() => {
      const before = readTimes(reader);
      const days = readDays(reader);
      if (!days) return null;
      const times = before ?? readTimes(reader);
      if (!times) {
        const example = reader.text.slice(0, reader.at).trim();
        throw new Stop('incomplete', 'At what time?', [`${example} at 9:00 ${reader.rest()}`.trim()]);
      }
      return { expression: `${fieldsOf(times)} ${days.fields}`, words: `${days.words} at ${shown(times)}` };
    })
  );
}

function readDistance(reader: Reader): Recurring | null {
  if (reader.skip('hourly')) return { expression: '0 * * * *', words: 'every hour' };
  if (!reader.skip('every', 'each')) return null;
  const other = reader.skip('other', 'second');
  const count = other ? 2 : (reader.taking(countOf) ?? 1);
  const unit = reader.take().replace(/s$/, '');
  const minutes = minutesOf[unit];
  if (minutes === undefined || (unit === 'day' && count === 1)) return null;
  if (unit === 'week' && count === 1) {
    reader.skip('on');
    const day = reader.taking(weekdayOf);
    const rest = reader.rest();
    throw day
      ? new Stop('unclear', `Do you mean every ${weekdayName(day.day)}?`, [
          `every ${weekdayName(day.day)} ${rest}`,
        ])
      : new Stop('incomplete', 'On which day of the week, and when?', [`every Monday at 9:00 ${rest}`]);
  }
  if (count < 1 || count * minutes > longest) {
    throw new Stop(
      'wrong',
      `Every ${count} ${unit}s cannot be scheduled. The distance may be 1 minute up to a year.`,
    );
  }
  const timesAt = readTimes(reader);
  if (timesAt) {
    throw new Stop(
      'unclear',
      `Every ${count} ${unit}s is counted from when it is saved; it has no time of the day. Which do you mean?`,
      [
        `every ${count} ${unit}s ${reader.rest()}`.trim(),
        `every day at ${shown(timesAt)} ${reader.rest()}`.trim(),
      ],
    );
  }
  const words = count === 1 ? `every ${unit}` : `every ${count} ${unit}s`;
  if (unit === 'minute' && 60 % count === 0) {
    return {
      expression: count === 60 ? '0 * * * *' : count === 1 ? '* * * * *' : `*/${count} * * * *`,
      words,
    };
  }
  if (unit === 'hour' && 24 % count === 0 && count < 24) {
    return { expression: count === 1 ? '0 * * * *' : `0 */${count} * * *`, words };
  }
  return { everyMinutes: count * minutes, words };
}

function countOf(word: string): number | null {
  const small = ['', 'one', 'two', 'three', 'four', 'five', 'six'].indexOf(word);
  if (small > 0) return small;
  return /^\d{1,9}$/.test(word) ? Number(word) : null;
}

function readDays(reader: Reader): Days | null {
  if (reader.skip('daily')) return { fields: '* * *', words: 'every day' };
  const every = reader.skip('every', 'each');
  const on = !every && reader.skip('on');
  if (every && reader.skip('day')) return { fields: '* * *', words: 'every day' };
  if (every && reader.skip('month')) return reader.skip('on') ? readMonthDay(reader, false) : null;
  const week = readWeekdays(reader, every);
  if (week) return week;
  return every || on ? readMonthDay(reader, true) : null;
}

/** `weekday`, `monday and friday`; without `every` only in the plural, since `on monday` is one Monday. */
function readWeekdays(reader: Reader, every: boolean): Days | null {
  if (every ? reader.skip('weekday', 'workday') : reader.skip('weekdays', 'workdays'))
    return { fields: '* * 1-5', words: 'every weekday' };
  if (every ? reader.skip('weekend') : reader.skip('weekends'))
    return { fields: '* * 0,6', words: 'every Saturday and Sunday' };
  const days: number[] = [];
  for (;;) {
    const found = reader.attempt(() => {
      if (days.length > 0) reader.skip('and', '&');
      return reader.taking((word) => {
        const named = weekdayOf(word);
        return named && (every || named.plural) ? named : null;
      });
    });
    if (!found) break;
    days.push(found.day);
  }
  if (days.length === 0) return null;
  const sorted = [...new Set(days)].sort((a, b) => ((a + 6) % 7) - ((b + 6) % 7));
  const names = sorted.map(weekdayName);
  return { fields: `* * ${sorted.join(',')}`, words: `every ${listed(names)}` };
}

/** `the first of the month`, `the last day of the month`, `the first monday of every month`. */
function readMonthDay(reader: Reader, mustName: boolean): Days | null {
  reader.skip('the');
  const last = reader.skip('last');
  const ordinal = last ? null : reader.taking(ordinalOf);
  if (!last && ordinal === null) return null;
  const weekday = reader.taking(weekdayOf);
  if (!weekday) reader.skip('day');
  const named = reader.attempt(() =>
    reader.skip('of') && (reader.skip('the', 'every', 'each') || true) && reader.skip('month') ? true : null,
  );
  if (mustName && !named) return null;
  if (weekday) {
    if (ordinal !== null && ordinal > 4)
      throw new Stop(
        'wrong',
        `Not every month has a ${ordinalName(ordinal)} ${weekdayName(weekday.day)}. Choose the first to fourth, or the last.`,
      );
    return {
      fields: `* * ${weekday.day}#${last ? 'L' : ordinal}`,
      words: `on the ${last ? 'last' : ordinalName(ordinal ?? 1)} ${weekdayName(weekday.day)} of the month`,
    };
  }
  if (last) return { fields: 'L * *', words: 'on the last day of the month' };
  if ((ordinal ?? 1) > 28) {
    const rest = reader.rest();
    const times = readTimes(reader) ?? [{ hour: 9, minute: 0 }];
    throw new Stop(
      'unclear',
      `Not every month has a ${ordinalName(ordinal ?? 0)}. Do you mean the last day of the month, or only the months that have one?`,
      [`on the last day of the month ${rest}`, `cron "${fieldsOf(times)} ${ordinal} * *" ${reader.rest()}`],
    );
  }
  return { fields: `${ordinal} * *`, words: `on the ${ordinalName(ordinal ?? 1)} of the month` };
}

function fieldsOf(times: readonly TimeOfDay[]): string {
  const minutes = new Set(times.map(({ minute }) => minute));
  if (minutes.size > 1) {
    throw new Stop(
      'wrong',
      `One schedule cannot have ${shown(times)}, since the minutes differ. Make one for each time.`,
    );
  }
  const hours = [...new Set(times.map(({ hour }) => hour))].sort((a, b) => a - b);
  return `${[...minutes][0]} ${hours.join(',')}`;
}

function shown(times: readonly TimeOfDay[]): string {
  return listed(times.map(showTimeOfDay));
}

function listed(names: readonly string[]): string {
  return names.length < 2 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
