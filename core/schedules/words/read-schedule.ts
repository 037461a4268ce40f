import type { When } from '../types.ts';
import { zoneNamed, zonesLike } from '../zone.ts';
import { readRecurring } from './every.ts';
import { readDelay, readMoment, type Single } from './once.ts';
import { Reader } from './reader.ts';
import { Stop } from './stop.ts';

/** What a text says about when something shall be done, and what shall be done. */
export type Reading =
  | { kind: 'read'; when: When; zone: string; words: string; text: string }
  /** May be meant in several ways; each choice is a whole request. Asked, never guessed. */
  | { kind: 'unclear'; question: string; choices: string[] }
  /** Begins like a schedule and cannot be one. */
  | { kind: 'wrong'; message: string; choices: string[] }
  /** Begins like a schedule, but says no time or nothing to do. */
  | { kind: 'incomplete'; message: string; choices: string[] }
  | { kind: 'none' };

/**
 * Reads `every weekday at 9:00 check the backups`: when, the zone if one is named (else `zone`), and the request that is
 * left. A closed grammar: words that it does not know are never skipped (ADR 36).
 */
export function readSchedule(text: string, now: Date, zone: string): Reading {
  try {
    return read(new Reader(text), now, zone);
  } catch (fault) {
    if (!(fault instanceof Stop)) throw fault;
    const { kind, message, choices } = fault;
    return kind === 'unclear' ? { kind, question: message, choices } : { kind, message, choices };
  }
}

function read(reader: Reader, now: Date, usual: string): Reading {
  let zone = readZone(reader);
  const found = readWhen(reader);
  if (!found) return { kind: 'none' };
  zone ??= readZone(reader);
  if ('when' in found) checkNoMore(reader);
  const text = reader
    .rest()
    .replace(/^(?:to\s+|:\s*|,\s*|–\s*|-\s+)/i, '')
    .trim();
  if (text === '') {
    const said = reader.text.trim();
    throw new Stop('incomplete', 'What shall I do then?', [`${said} check the backups`]);
  }
  const where = zone ?? usual;
  const { when, words } = found.resolve(now, where);
  return { kind: 'read', when, zone: where, words, text };
}

interface Found {
  when?: true;
  resolve(now: Date, zone: string): { when: When; words: string };
}

function readWhen(reader: Reader): Found | null {
  const cron = reader.attempt(() => (reader.skip('cron') ? reader.quoted() : null));
  if (cron !== null) {
    const expression = cron.trim().replace(/\s+/g, ' ');
    return { resolve: () => ({ when: { kind: 'cron', expression }, words: `cron "${expression}"` }) };
  }
  const recurring = readRecurring(reader);
  if (recurring) return { when: true, resolve: (now) => recurringAt(recurring, now) };
  const single = readDelay(reader) ?? readMoment(reader);
  return single && { when: true, resolve: (now, zone) => singleAt(single, now, zone) };
}

function recurringAt(found: NonNullable<ReturnType<typeof readRecurring>>, now: Date) {
  const { words } = found;
  if ('expression' in found) return { when: { kind: 'cron' as const, expression: found.expression }, words };
  const from = new Date(Math.floor(now.getTime() / 60_000) * 60_000).toISOString();
  return { when: { kind: 'interval' as const, everyMs: found.everyMinutes * 60_000, from }, words };
}

function singleAt(single: Single, now: Date, zone: string) {
  return { when: { kind: 'once' as const, at: single.at(now, zone).toISOString() }, words: 'once' };
}

const areas = /^(?:africa|america|antarctica|arctic|asia|atlantic|australia|europe|indian|pacific)\//;

/** `in Europe/Berlin`. A place in a part of the world that is no zone is a slip, not a part of the request. */
function readZone(reader: Reader): string | null {
  return reader.attempt(() => {
    if (!reader.skip('in')) return null;
    const word = reader.take();
    const zone = zoneNamed(word);
    if (zone !== null) return zone;
    if (!areas.test(word)) return null;
    const like = zonesLike(word);
    throw new Stop(
      'wrong',
      `I know no time zone ${word}. Write one as Europe/Berlin or America/New_York, or UTC.`,
      like.map((name) => `in ${name} …`),
    );
  });
}

/** What limits a schedule further is not understood; doing it without the limit would be a guess. */
function checkNoMore(reader: Reader): void {
  const word = reader.peek();
  if (!['until', 'till', 'except', 'between', 'starting', 'unless'].includes(word)) return;
  throw new Stop(
    'wrong',
    `I cannot schedule "${word} …". Say the rule as cron, for example cron "*/15 9-16 * * 1-5" for every 15 minutes from 9:00 to 17:00 on weekdays.`,
  );
}
