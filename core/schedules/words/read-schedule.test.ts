import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { nextTimes } from '../next-time.ts';
import { showTime } from '../zone.ts';
import { readSchedule } from './read-schedule.ts';

/** A Friday, 10:30 in Berlin. */
const now = new Date('2026-11-20T09:30:00Z');
const read = (text: string) => readSchedule(text, now, 'Europe/Berlin');

/** [text, what was understood, next time, the request that is left] */
const understood: [string, string, string, string][] = [
  [
    'every weekday at 9:00 check the backups',
    'every weekday at 09:00',
    'Mon 23 Nov 2026, 09:00 (UTC+1)',
    'check the backups',
  ],
  ['every 15 minutes ping', 'every 15 minutes', 'Fri 20 Nov 2026, 10:45 (UTC+1)', 'ping'],
  ['every 90 minutes look', 'every 90 minutes', 'Fri 20 Nov 2026, 12:00 (UTC+1)', 'look'],
  [
    'on the first of the month at 6:00 send the bill',
    'on the 1st of the month at 06:00',
    'Tue 1 Dec 2026, 06:00 (UTC+1)',
    'send the bill',
  ],
  [
    'on the last day of the month at 18:00 sum up',
    'on the last day of the month at 18:00',
    'Mon 30 Nov 2026, 18:00 (UTC+1)',
    'sum up',
  ],
  [
    'on the first monday of the month at 8:00 plan',
    'on the 1st Monday of the month at 08:00',
    'Mon 7 Dec 2026, 08:00 (UTC+1)',
    'plan',
  ],
  [
    'every month on the 15th at 8:00 x',
    'on the 15th of the month at 08:00',
    'Tue 15 Dec 2026, 08:00 (UTC+1)',
    'x',
  ],
  [
    'Every Monday and Thursday at 9:00 and 17:00: do it',
    'every Monday and Thursday at 09:00 and 17:00',
    'Mon 23 Nov 2026, 09:00 (UTC+1)',
    'do it',
  ],
  ['mondays at 9am standup', 'every Monday at 09:00', 'Mon 23 Nov 2026, 09:00 (UTC+1)', 'standup'],
  ['at 9:30 pm every day lock up', 'every day at 21:30', 'Fri 20 Nov 2026, 21:30 (UTC+1)', 'lock up'],
  ['at friday 16:00 remind 3 people', 'once', 'Fri 20 Nov 2026, 16:00 (UTC+1)', 'remind 3 people'],
  ['at friday 9:00 write', 'once', 'Fri 27 Nov 2026, 09:00 (UTC+1)', 'write'],
  ['tomorrow at 9:00 deploy', 'once', 'Sat 21 Nov 2026, 09:00 (UTC+1)', 'deploy'],
  ['at 16:00 on sunday rest', 'once', 'Sun 22 Nov 2026, 16:00 (UTC+1)', 'rest'],
  ['on 24 december at 18:00 sing', 'once', 'Thu 24 Dec 2026, 18:00 (UTC+1)', 'sing'],
  ['on 2028-02-29 at 7:00 leap', 'once', 'Tue 29 Feb 2028, 07:00 (UTC+1)', 'leap'],
  ['in 2 hours look again', 'once', 'Fri 20 Nov 2026, 12:30 (UTC+1)', 'look again'],
  ['in 3 days look again', 'once', 'Mon 23 Nov 2026, 10:30 (UTC+1)', 'look again'],
  ['cron "0 9 * * 1-5" go', 'cron "0 9 * * 1-5"', 'Mon 23 Nov 2026, 09:00 (UTC+1)', 'go'],
  ['cron “*/10  * * * *” go', 'cron "*/10 * * * *"', 'Fri 20 Nov 2026, 10:40 (UTC+1)', 'go'],
  [
    'every weekday at 9:00 in america/new_york check',
    'every weekday at 09:00',
    'Fri 20 Nov 2026, 09:00 (UTC-5)',
    'check',
  ],
  [
    'in Asia/Kolkata every day at 9:00 check in on them',
    'every day at 09:00',
    'Sat 21 Nov 2026, 09:00 (UTC+5:30)',
    'check in on them',
  ],
];
for (const [text, words, next, rest] of understood) {
  test(`“${text}” is ${words}, next ${next}`, () => {
    const reading = read(text);
    assert.equal(reading.kind, 'read', JSON.stringify(reading));
    if (reading.kind !== 'read') return;
    const [first] = nextTimes(reading.when, reading.zone, now, 1);
    assert.deepEqual(
      [reading.words, first && showTime(first, reading.zone), reading.text],
      [words, next, rest],
    );
  });
}

/** [text, kind, what is said, whole requests that are offered] */
const asked: [string, string, RegExp, string[]][] = [
  ['at 9 deploy', 'unclear', /9:00 or 21:00/, ['at 9:00 deploy', 'at 21:00 deploy']],
  [
    'every day at 9 deploy',
    'unclear',
    /9:00 or 21:00/,
    ['every day at 9:00 deploy', 'every day at 21:00 deploy'],
  ],
  [
    'on the 31st of the month at 6:00 x',
    'unclear',
    /Not every month has a 31st/,
    ['on the last day of the month at 6:00 x', 'cron "0 6 31 * *" x'],
  ],
  ['next friday at 9:00 x', 'unclear', /the coming Friday or the one after/, ['at Friday 9:00 x']],
  ['at 03/04/2027 9:00 x', 'unclear', /two different days/, []],
  ['every 2 weeks at 9:00 x', 'unclear', /no time of the day/, ['every 2 weeks x', 'every day at 09:00 x']],
  ['every week on monday at 9:00 x', 'unclear', /every Monday/, ['every Monday at 9:00 x']],
  ['every day at 25:00 x', 'wrong', /0:00 to 23:59/, []],
  ['today at 8:00 x', 'wrong', /is past/, []],
  ['on 2026-11-01 at 9:00 x', 'wrong', /is past/, []],
  ['on 31 february at 9:00 x', 'wrong', /no 31 February/, []],
  ['every 0 minutes x', 'wrong', /1 minute up to a year/, []],
  ['every 99999999 hours x', 'wrong', /1 minute up to a year/, []],
  ['every day at 9:00 and 17:30 x', 'wrong', /one for each/, []],
  ['every day at 9:00 in Europe/Berln x', 'wrong', /no time zone/, ['in Europe/Berlin …']],
  ['every 15 minutes until 17:00 x', 'wrong', /cron/, []],
  ['every monday deploy', 'incomplete', /what time/, ['every monday at 9:00 deploy']],
  ['on friday we deploy', 'incomplete', /what time/, ['on friday 9:00 we deploy']],
  ['every day at 9:00', 'incomplete', /What shall I do/, ['every day at 9:00 check the backups']],
];
for (const [text, kind, says, choices] of asked) {
  test(`“${text}” is asked about, not guessed (${kind})`, () => {
    const reading = read(text);
    assert.equal(reading.kind, kind, JSON.stringify(reading));
    assert.match(
      'question' in reading ? reading.question : 'message' in reading ? reading.message : '',
      says,
    );
    const offered = 'choices' in reading ? reading.choices : [];
    for (const choice of choices)
      assert.ok(offered.includes(choice), `${choice} is not offered: ${offered.join(' | ')}`);
    // What is offered is understood when it is sent.
    for (const choice of offered.filter((one) => !one.endsWith('…')))
      assert.equal(read(choice).kind, 'read', choice);
  });
}

for (const text of [
  'every file in /tmp is to be deleted',
  'in the office check the printer',
  'at the office',
  'in core/infra fix the lint',
  'stop using tabs',
  'every second write a line',
  'cron is broken, look at it',
  'may the 4th be with you',
  'in 2 hours? no',
  '',
]) {
  test(`“${text}” is no schedule`, () => assert.equal(read(text).kind, 'none'));
}

test('whatever is written, it is read or answered with words, never with a fault', () => {
  const word = fc.constantFrom(
    'every',
    'on',
    'at',
    'in',
    'the',
    'first',
    '31st',
    'of',
    'month',
    'monday',
    'fridays',
    'and',
    '9:00',
    '9',
    '99',
    '9am',
    'pm',
    'minutes',
    'days',
    'weeks',
    '2',
    '0',
    'cron',
    '"* * * * *"',
    '"',
    'Europe/Berlin',
    'next',
    'last',
    'day',
    'tomorrow',
    '24',
    'december',
    '2026-12-24',
    '30',
    'february',
    'half',
    'an',
    'hour',
    'noon',
    'midnight',
    'daily',
    'x',
    ',',
    '\u202e',
    '🕘',
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 9 }), (words) => {
      const reading = read(words.join(' '));
      assert.ok(['read', 'unclear', 'wrong', 'incomplete', 'none'].includes(reading.kind));
      if (reading.kind === 'read') assert.notEqual(reading.text, '');
    }),
    { numRuns: 3_000 },
  );
});
