import { nextTimes } from './next-time.ts';
import type { ScheduleFacts, ScheduleSpec } from './types.ts';
import { showTime } from './zone.ts';

/** What was understood, for whoever has to say yes: the rule, the request, the next three times. */
export interface Understood {
  rule: string;
  text: string;
  next: string[];
  details: string[];
}

const overlaps = {
  allow: 'starts also while an earlier one still runs',
  skip: 'left out while an earlier one still runs',
  buffer_one: 'waits while an earlier one still runs; one waits at most',
};

export function understood(spec: ScheduleSpec, now: Date): Understood {
  const { when, zone, words, text, overlap, runMode, missed, jitterMs } = spec;
  const rule = when.kind === 'once' ? 'once' : words;
  return {
    rule: `${rule} (${zone})`,
    text,
    next: nextTimes(when, zone, now, 3).map((at) => showTime(at, zone)),
    details: [
      runMode === 'new_thread' ? 'a new thread each time' : 'always in this thread',
      ...(when.kind === 'once' ? [] : [overlaps[overlap]]),
      missed === 'skip' ? 'not made up for when Deckhand was off' : 'made up for once when Deckhand was off',
      ...(jitterMs > 0 ? [`up to ${Math.ceil(jitterMs / 1000)} s later`] : []),
    ],
  };
}

/** The question before saving, in plain text that every surface can show. */
export function understoodText(spec: ScheduleSpec, now: Date): string {
  const { rule, text, next, details } = understood(spec, now);
  return [
    `I understood: ${rule}`,
    `> ${text.replaceAll('\n', '\n> ')}`,
    `Next: ${next.join(' · ')}`,
    details.join('; '),
  ].join('\n');
}

/** One line of a list. */
export function scheduleLine(schedule: ScheduleFacts): string {
  const { state, nextDue, zone, pausedBecause } = schedule;
  const when =
    state === 'paused'
      ? `paused${pausedBecause ? `: ${pausedBecause}` : ''}`
      : nextDue
        ? `next ${showTime(new Date(nextDue), zone)}`
        : 'over';
  return `${schedule.words} (${zone}) · ${oneLine(schedule.text)} · ${when}`;
}

function oneLine(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > 80 ? `${line.slice(0, 79).toWellFormed()}…` : line;
}
