import { readCron } from '../cron.ts';
import { type LocalTime, localTime, showTime } from '../zone.ts';
import { monthName, monthOf, ordinalOf, weekdayName, weekdayOf } from './days.ts';
import type { Reader } from './reader.ts';
import { Stop } from './stop.ts';
import { readTimes, showTimeOfDay, type TimeOfDay } from './time-of-day.ts';

/** A single moment that a text names, still without a zone. */
export interface Single {
  /** The moment, once now and the zone are known. @throws {Stop} when it is past */
  at(now: Date, zone: string): Date;
}

interface Day {
  year: number;
  month: number;
  day: number;
}

/** How a text names a day: gives it for the day that it is today. */
type NamedDay = (today: LocalTime, time: TimeOfDay) => Day;

const units: Record<string, number> = {
  minute: 60_000,
  min: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  week: 604_800_000,
};
const longestMs = 366 * 86_400_000;

/** `in 2 hours`, `in 3 days`. Null when this is not how the text begins. */
export function readDelay(reader: Reader): Single | null {
  return reader.attempt(() => {
    if (!reader.skip('in')) return null;
    const half = reader.skip('half');
    const count = half
      ? 0.5
      : (reader.taking((word) => (/^\d{1,9}$/.test(word) ? Number(word) : null)) ?? null);
    const one = count === null || half ? reader.skip('a', 'an', 'one') : false;
    if (count === null && !one) return null;
    const unit = reader.take().replace(/s$/, '');
    const ms = (count ?? 1) * (units[unit] ?? Number.NaN);
    if (Number.isNaN(ms)) return null;
    if (ms <= 0 || ms > longestMs)
      throw new Stop(
        'wrong',
        'That is too far away, or no time at all. Write something between 1 minute and a year.',
      );
    return {
      at: (now, zone) => (unit === 'day' || unit === 'week' ? sameTime(now, zone, ms) : atMinute(now, ms)),
    };
  });
}

function atMinute(now: Date, ms: number): Date {
  return new Date(Math.ceil((now.getTime() + ms) / 60_000) * 60_000);
}

/** In 3 days is the same time of the day, also when the clocks change in between. */
function sameTime(now: Date, zone: string, ms: number): Date {
  const { year, month, day, hour, minute } = localTime(now, zone);
  return moment(shifted({ year, month, day }, ms / 86_400_000), { hour, minute }, zone);
}

/** `at friday 16:00`, `tomorrow at 9:00`, `on 2026-12-24 at 18:00`, `at 16:00`. Null when this is not how the text begins. */
export function readMoment(reader: Reader): Single | null {
  return reader.attempt(() => {
    const marked = reader.skip('at', 'on');
    const before = marked ? reader.attempt(() => readTimeOnly(reader)) : null;
    const start = reader.at;
    if (before) reader.skip('on');
    const day = readDay(reader);
    if (!day && before) reader.at = start;
    if (!day && !before) return null;
    const time = before ?? readTimeOnly(reader);
    if (!time) {
      if (!marked) return null;
      const example = reader.text.slice(0, reader.at).trim();
      throw new Stop('incomplete', 'At what time?', [`${example} 9:00 ${reader.rest()}`.trim()]);
    }
    return { at: (now, zone) => resolve(day ?? nextSuch, time, now, zone) };
  });
}

function readTimeOnly(reader: Reader): TimeOfDay | null {
  const times = readTimes(reader);
  if (times && times.length > 1)
    throw new Stop('wrong', 'That is more than one time. Make one schedule for each, or say `every`.');
  return times?.[0] ?? null;
}

function readDay(reader: Reader): NamedDay | null {
  if (reader.skip('today')) return (today) => today;
  if (reader.skip('tomorrow')) return (today) => shifted(today, 1);
  const next =
    reader.peek() === 'next' && reader.attempt(() => (reader.take() ? reader.taking(weekdayOf) : null));
  if (next) throw nextDay(next.day, reader);
  const named = reader.taking((word) => {
    const found = weekdayOf(word);
    return found && !found.plural ? found : null;
  });
  if (named) return (today, time) => comingWeekday(named.day, today, time);
  return readDate(reader);
}

function readDate(reader: Reader): NamedDay | null {
  const iso = reader.taking((word) => /^(\d{4})-(\d{2})-(\d{2})$/.exec(word));
  if (iso) return fixed(Number(iso[1]), Number(iso[2]), Number(iso[3]));
  const slashed = /^\d{1,2}[/.]\d{1,2}(?:[/.]\d{2,4})?$/.exec(reader.peek());
  if (slashed)
    throw new Stop(
      'unclear',
      `${slashed[0]} reads as two different days in two parts of the world. Write the date as 2026-12-24, or as 24 December.`,
    );
  return reader.attempt(() => {
    let month = reader.taking(monthOf);
    const day = reader.taking((word) => ordinalOf(word) ?? (/^\d{1,2}$/.test(word) ? Number(word) : null));
    if (day === null) return null;
    reader.skip('of');
    month ??= reader.taking(monthOf);
    if (month === null) return null;
    const year = reader.taking((word) => (/^\d{4}$/.test(word) ? Number(word) : null));
    if (year !== null) return fixed(year, month, day);
    const wanted = month;
    return (today: LocalTime) => {
      const passed = wanted < today.month || (wanted === today.month && day < today.day);
      return fixed(today.year + (passed ? 1 : 0), wanted, day)();
    };
  });
}

function fixed(year: number, month: number, day: number): () => Day {
  const real = new Date(Date.UTC(year, month - 1, day));
  if (month < 1 || month > 12 || real.getUTCMonth() !== month - 1 || real.getUTCDate() !== day)
    throw new Stop('wrong', `There is no ${day} ${monthName(month) || `month ${month}`} ${year}.`);
  return () => ({ year, month, day });
}

function nextDay(day: number, reader: Reader): Stop {
  const name = weekdayName(day);
  const rest = reader.rest();
  return new Stop(
    'unclear',
    `"Next ${name}" may be the coming ${name} or the one after it. Write ${name} for the coming one, or the date.`,
    [`at ${name} ${rest.replace(/^at /, '')}`],
  );
}

function comingWeekday(weekday: number, today: LocalTime, time: TimeOfDay): Day {
  const away = (weekday - today.weekday + 7) % 7;
  const passed = away === 0 && !later(time, today);
  return shifted(today, passed ? 7 : away);
}

const nextSuch: NamedDay = (today, time) => shifted(today, later(time, today) ? 0 : 1);

function later(time: TimeOfDay, than: TimeOfDay): boolean {
  return time.hour * 60 + time.minute > than.hour * 60 + than.minute;
}

function shifted({ year, month, day }: Day, days: number): Day {
  const moved = new Date(Date.UTC(year, month - 1, day + days));
  return { year: moved.getUTCFullYear(), month: moved.getUTCMonth() + 1, day: moved.getUTCDate() };
}

function resolve(day: NamedDay, time: TimeOfDay, now: Date, zone: string): Date {
  const at = moment(day(localTime(now, zone), time), time, zone);
  if (at > now) return at;
  throw new Stop(
    'wrong',
    `${showTime(at, zone)} is past: it is ${showTime(now, zone)} now. Say a later time, for example tomorrow at ${showTimeOfDay(time)}.`,
  );
}

/** The moment at which a clock on a wall of the zone shows this. One that the clocks leave out is the moment of their change. */
function moment({ year, month, day }: Day, { hour, minute }: TimeOfDay, zone: string): Date {
  const from = new Date(Date.UTC(year, month - 1, day) - 2 * 86_400_000);
  const found = readCron(`${minute} ${hour} ${day} ${month} *`, zone).nextRun(from);
  if (!found) throw new Stop('wrong', `There is no ${day} ${monthName(month)} ${year}.`);
  return found;
}
