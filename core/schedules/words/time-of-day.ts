import type { Reader } from './reader.ts';
import { Stop } from './stop.ts';

export interface TimeOfDay {
  hour: number;
  minute: number;
}

export function showTimeOfDay({ hour, minute }: TimeOfDay): string {
  return `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`;
}

/** `9:00`, `17:30`, `9am`, `9:30 pm`, `noon`; null when there is none. @throws {Stop} for `25:00`, and for a bare `at 9` */
export function readTime(reader: Reader, afterAt: boolean): TimeOfDay | null {
  if (reader.skip('noon')) return { hour: 12, minute: 0 };
  if (reader.skip('midnight')) return { hour: 0, minute: 0 };
  const word = reader.peek();
  const found = /^(\d{1,2})(?::(\d{2}))?(am|pm|a\.m\.|p\.m\.)?$/.exec(word);
  if (!found) return null;
  const start = reader.at;
  reader.take();
  const [, hours = '', minutes, attached] = found;
  const half = attached ?? reader.taking((next) => (/^(am|pm|a\.m\.|p\.m\.)$/.test(next) ? next : null));
  if (minutes === undefined && half === null) {
    if (!afterAt) {
      reader.at = start;
      return null;
    }
    throw bare(Number(hours), start, reader);
  }
  return checked(Number(hours), Number(minutes ?? 0), half?.startsWith('p') ?? null, word);
}

function checked(hour: number, minute: number, afternoon: boolean | null, word: string): TimeOfDay {
  const sane = minute < 60 && (afternoon === null ? hour < 24 : hour >= 1 && hour <= 12);
  if (!sane) {
    const what =
      afternoon === null ? 'The day goes from 0:00 to 23:59' : 'With am and pm, hours go from 1 to 12';
    throw new Stop('wrong', `${word} is no time of the day. ${what}.`);
  }
  return { hour: afternoon === null ? hour : (hour % 12) + (afternoon ? 12 : 0), minute };
}

/** `at 9`: morning or evening? Or is the number part of the request? Nobody but the asker knows. */
function bare(hour: number, start: number, reader: Reader): Stop {
  const times = hour >= 1 && hour <= 11 ? [`${hour}:00`, `${hour + 12}:00`] : [`${hour}:00`];
  if (hour > 23)
    return new Stop('wrong', `${hour} is no hour of the day. Write a time such as 9:00 or 17:30.`);
  const before = reader.text.slice(0, start).trimEnd();
  const choices = times.map((time) => `${before} ${time} ${reader.rest()}`.trim());
  return new Stop('unclear', `Which time do you mean by "at ${hour}": ${times.join(' or ')}?`, choices);
}

/** `at 9:00`, `9:00 and 17:00`. Null when there is no time here. */
export function readTimes(reader: Reader): TimeOfDay[] | null {
  return reader.attempt(() => {
    const first = readTime(reader, reader.skip('at'));
    if (!first) return null;
    const times = [first];
    for (;;) {
      const more = reader.attempt(() => {
        reader.skip('and');
        return readTime(reader, reader.skip('at'));
      });
      if (!more) return times;
      times.push(more);
    }
  });
}
