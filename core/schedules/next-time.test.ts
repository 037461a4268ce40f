import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CronExpressionParser } from 'cron-parser';
import fc from 'fast-check';
import { createTask } from 'node-cron';
import { nextTime, nextTimes, passedTimes } from './next-time.ts';
import { localTime } from './zone.ts';

const cron = (expression: string) => ({ kind: 'cron' as const, expression });
const times = (expression: string, zone: string, from: string, count: number) =>
  nextTimes(cron(expression), zone, new Date(from), count).map((at) => at.toISOString());

/** [expression, zone, from, next times]: the nights in which clocks change, in both hemispheres, and days that are rare. */
const table: [string, string, string, string, string[]][] = [
  [
    'a time left out comes at the change',
    '30 2 * * *',
    'Europe/Berlin',
    '2026-03-28T12:00Z',
    ['2026-03-29T01:00:00.000Z', '2026-03-30T00:30:00.000Z'],
  ],
  [
    'a time repeated comes once',
    '30 2 * * *',
    'Europe/Berlin',
    '2026-10-24T12:00Z',
    ['2026-10-25T00:30:00.000Z', '2026-10-26T01:30:00.000Z'],
  ],
  [
    'several times a day are not lost at the change',
    '0 2,14 * * *',
    'Europe/Berlin',
    '2026-03-28T20:00Z',
    ['2026-03-29T01:00:00.000Z', '2026-03-29T12:00:00.000Z'],
  ],
  [
    '9:00 stays 9:00 over the change',
    '0 9 * * *',
    'America/New_York',
    '2026-03-07T12:00Z',
    ['2026-03-07T14:00:00.000Z', '2026-03-08T13:00:00.000Z'],
  ],
  [
    'every half hour goes on through a repeated hour',
    '*/30 * * * *',
    'Europe/Berlin',
    '2026-10-25T00:00Z',
    [
      '2026-10-25T00:30:00.000Z',
      '2026-10-25T01:00:00.000Z',
      '2026-10-25T01:30:00.000Z',
      '2026-10-25T02:00:00.000Z',
    ],
  ],
  [
    'south: forward in October',
    '30 2 * * *',
    'Australia/Sydney',
    '2026-10-03T00:00Z',
    ['2026-10-03T16:00:00.000Z', '2026-10-04T15:30:00.000Z'],
  ],
  [
    'south: back in April, once',
    '30 2 * * *',
    'Australia/Sydney',
    '2026-04-03T20:00Z',
    ['2026-04-04T15:30:00.000Z', '2026-04-05T16:30:00.000Z'],
  ],
  [
    'midnight left out',
    '0 0 * * *',
    'America/Santiago',
    '2026-09-05T12:00Z',
    ['2026-09-06T04:00:00.000Z', '2026-09-07T03:00:00.000Z'],
  ],
  [
    'half an hour of change',
    '15 2 * * *',
    'Australia/Lord_Howe',
    '2026-10-02T20:00Z',
    ['2026-10-03T15:30:00.000Z', '2026-10-04T15:15:00.000Z'],
  ],
  [
    'a leap day',
    '0 6 29 2 *',
    'UTC',
    '2026-01-01T00:00Z',
    ['2028-02-29T06:00:00.000Z', '2032-02-29T06:00:00.000Z'],
  ],
  ['no leap day in 2100', '0 6 29 2 *', 'UTC', '2096-03-01T00:00Z', ['2104-02-29T06:00:00.000Z']],
  [
    'the 31st',
    '0 6 31 * *',
    'UTC',
    '2026-01-01T00:00Z',
    ['2026-01-31T06:00:00.000Z', '2026-03-31T06:00:00.000Z', '2026-05-31T06:00:00.000Z'],
  ],
  [
    'the last day',
    '0 6 L * *',
    'UTC',
    '2028-01-31T07:00Z',
    ['2028-02-29T06:00:00.000Z', '2028-03-31T06:00:00.000Z'],
  ],
  [
    'a day that Samoa left out',
    '0 9 * * *',
    'Pacific/Apia',
    '2011-12-29T00:00Z',
    ['2011-12-29T19:00:00.000Z', '2011-12-30T19:00:00.000Z'],
  ],
];
for (const [what, expression, zone, from, expected] of table) {
  test(`${what}: ${expression} in ${zone}`, () => {
    assert.deepEqual(times(expression, zone, from, expected.length), expected);
  });
}

/** Fields of an expression, with what people write: values, lists, ranges, steps, names. */
const field = (least: number, most: number) =>
  fc.oneof(
    { weight: 3, arbitrary: fc.constant('*') },
    { weight: 3, arbitrary: fc.integer({ min: least, max: most }).map(String) },
    fc
      .uniqueArray(fc.integer({ min: least, max: most }), { minLength: 2, maxLength: 4 })
      .map((list) => list.sort((a, b) => a - b).join(',')),
    fc
      .tuple(fc.integer({ min: least, max: most }), fc.integer({ min: least, max: most }))
      .map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`),
    fc.integer({ min: 2, max: Math.max(2, Math.floor((most - least) / 2)) }).map((step) => `*/${step}`),
  );
const expressions = fc
  .tuple(
    field(0, 59),
    field(0, 23),
    fc.oneof(fc.constant('*'), field(1, 28)),
    field(1, 12),
    fc.oneof(fc.constant('*'), field(0, 6)),
  )
  // A step in one of the two day fields joins them differently in the two libraries; both readings have a history.
  .filter(
    ([, , day, , weekday]) =>
      !(day !== '*' && weekday !== '*' && (day.includes('/') || weekday.includes('/'))),
  )
  .map((fields) => fields.join(' '));
const instants = fc
  .integer({ min: Date.UTC(2024, 0), max: Date.UTC(2032, 0) })
  .map((ms) => new Date(Math.floor(ms / 60_000) * 60_000));
const steps = 1_000;

test(`next times equal those of an independent library for ${steps} steps, where clocks never change`, () => {
  fc.assert(
    fc.property(
      expressions,
      instants,
      fc.constantFrom('UTC', 'Asia/Tokyo', 'Asia/Kolkata', 'America/Phoenix'),
      (expression, from, zone) => {
        const theirs = CronExpressionParser.parse(expression, { tz: zone, currentDate: from });
        const ours = nextTimes(cron(expression), zone, from, steps);
        // What comes once a year has fewer before the year 3000, where the search ends.
        assert.ok(
          ours.length === steps || (ours.at(-1) as Date).getUTCFullYear() >= 2998,
          `${ours.length} times`,
        );
        for (const at of ours) assert.equal(at.toISOString(), theirs.next().toDate().toISOString());
      },
    ),
    { numRuns: 12, examples: [['0 0 1 1 *', new Date(Date.UTC(2024, 0)), 'UTC']] },
  );
});

test(`next times equal those of an independent library for ${steps} steps but in the nights in which clocks change`, () => {
  fc.assert(
    fc.property(
      expressions,
      instants,
      fc.constantFrom('Europe/Berlin', 'America/New_York', 'Australia/Sydney', 'America/Santiago'),
      (expression, from, zone) => {
        const theirs = CronExpressionParser.parse(expression, { tz: zone, currentDate: from });
        const ours = nextTimes(cron(expression), zone, from, steps);
        const end = ours.at(-1) as Date;
        const others: string[] = [];
        for (let at = theirs.next().toDate(); at <= end; at = theirs.next().toDate())
          others.push(at.toISOString());
        const quiet = (at: string) => !changesAround(new Date(at), zone);
        assert.deepEqual(ours.map((at) => at.toISOString()).filter(quiet), others.filter(quiet));
      },
    ),
    { numRuns: 6 },
  );
});

/** Do clocks of the zone change within a day of this moment? What libraries do then differs; the table above says what we do. */
function changesAround(at: Date, zone: string): boolean {
  const offset = (ms: number) => {
    const { year, month, day, hour, minute } = localTime(new Date(ms), zone);
    return Date.UTC(year, month - 1, day, hour, minute) - Math.floor(ms / 60_000) * 60_000;
  };
  return offset(at.getTime() - 86_400_000) !== offset(at.getTime() + 86_400_000);
}

test('ADR 35: node-cron starts from now only, and loses an hour when clocks go back', (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: Date.parse('2026-10-25T00:00:00Z') });
  const task = createTask('*/30 * * * *', () => {}, { timezone: 'Europe/Berlin' });
  t.after(() => task.destroy());
  task.start();
  assert.notEqual(task.getNextRun()?.toISOString(), '2026-10-25T00:30:00.000Z');
  assert.equal(times('*/30 * * * *', 'Europe/Berlin', '2026-10-25T00:00Z', 1)[0], '2026-10-25T00:30:00.000Z');
});

test('a rule that never comes has no next time, one moment has one', () => {
  assert.equal(nextTime(cron('0 0 31 2 *'), 'UTC', new Date('2026-01-01')), null);
  const once = { kind: 'once' as const, at: '2026-11-20T15:00:00.000Z' };
  assert.equal(nextTime(once, 'UTC', new Date('2026-11-20T14:59:59Z'))?.toISOString(), once.at);
  assert.equal(nextTime(once, 'UTC', new Date(once.at)), null);
});

test('intervals are counted from their beginning, whatever the clocks on the wall do', () => {
  const every = { kind: 'interval' as const, everyMs: 90 * 60_000, from: '2026-03-28T23:00:00.000Z' };
  assert.deepEqual(
    nextTimes(every, 'Europe/Berlin', new Date('2026-03-29T00:00Z'), 3).map((at) => at.toISOString()),
    ['2026-03-29T00:30:00.000Z', '2026-03-29T02:00:00.000Z', '2026-03-29T03:30:00.000Z'],
  );
});

test('moments that passed are counted, also thousands of them', () => {
  const due = new Date('2026-01-01T00:00Z');
  const day = passedTimes(cron('0 * * * *'), 'UTC', due, new Date('2026-01-01T03:30Z'));
  assert.deepEqual(
    [day.count, day.last.toISOString(), day.next?.toISOString()],
    [4, '2026-01-01T03:00:00.000Z', '2026-01-01T04:00:00.000Z'],
  );
  const year = passedTimes(cron('* * * * *'), 'UTC', due, new Date('2027-01-01T00:00:30Z'));
  assert.equal(year.last.toISOString(), '2027-01-01T00:00:00.000Z');
});
