import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SeenPost } from './chat-double.ts';
import type { Delivered } from './delivery.ts';
import { judge, type Observed } from './outcome.ts';

const delivered = (index: number, sentAt: number): Delivered => ({
  message: {
    eventId: `msg_${index}`,
    thread: 't0',
    author: 'ana',
    text: `$ echo tok_${index}`,
    tokens: [`tok_${index}`],
    allow: true,
    asks: false,
    atMs: 0,
    againMs: [],
  },
  firstSentAt: sentAt,
  takenAt: sentAt + 1,
});

const answer = (index: number, place: number, more: { text?: string; thread?: string } = {}): SeenPost => ({
  id: `post_${place}`,
  thread: more.thread ?? 'slack/T1/C1/t0',
  kind: 'answer',
  key: `key_${place}`,
  content: {
    asked: `$ echo tok_${index}`,
    text: more.text ?? `\`echo tok_${index}\`: exit code 0\n(no output)`,
    asks: null,
  },
  place,
});

const good: Observed = {
  delivered: [delivered(0, 0), delivered(1, 10)],
  posts: [answer(0, 0), answer(1, 1)],
  effects: new Map([
    ['tok_0', 1],
    ['tok_1', 1],
  ]),
  unfinished: new Set(),
};

const offences: [string, Partial<Observed>, Record<string, number>][] = [
  ['a message without an answer is lost', { posts: [answer(0, 0)] }, { lost: 1 }],
  [
    'a message whose turn has not ended is stuck',
    { posts: [answer(0, 0)], unfinished: new Set(['msg_1']) },
    { stuck: 1 },
  ],
  [
    'an answer in another thread is no answer',
    { posts: [answer(0, 0), answer(1, 1, { thread: 'slack/T1/C1/t1' })] },
    { lost: 1 },
  ],
  ['a second answer is a doubled post', { posts: [...good.posts, answer(0, 2)] }, { doubled_posts: 1 }],
  [
    'a later message answered first is an inversion',
    { posts: [answer(1, 0), answer(0, 1)] },
    { inversions: 1 },
  ],
  [
    'a command that ran twice is a doubled effect',
    {
      effects: new Map([
        ['tok_0', 2],
        ['tok_1', 1],
      ]),
    },
    { doubled_effects: 1 },
  ],
  ['a command that was reported and never ran is lost', { effects: new Map([['tok_0', 1]]) }, { lost: 1 }],
  [
    'a command that ran although it was denied is a doubled effect',
    { posts: [answer(0, 0), answer(1, 1, { text: 'Nothing was run: Pat denied `echo tok_1`.' })] },
    { doubled_effects: 1 },
  ],
];

test('a good run counts nothing', () => {
  const { faults, ...counts } = judge(good);
  assert.deepEqual(counts, { lost: 0, doubled_effects: 0, doubled_posts: 0, inversions: 0, stuck: 0 });
  assert.deepEqual(faults, []);
});

for (const [name, change, expected] of offences) {
  test(`chaos notices: ${name}`, () => {
    const { faults, ...counts } = judge({ ...good, ...change });
    const none = { lost: 0, doubled_effects: 0, doubled_posts: 0, inversions: 0, stuck: 0 };
    assert.deepEqual(counts, { ...none, ...expected });
    assert.equal(faults.length, 1);
  });
}

test('an interrupted command may have run once, or not at all', () => {
  const text = '`echo tok_1`: no exit code\nIt was interrupted: it may or may not have run.';
  const posts = [answer(0, 0), answer(1, 1, { text })];
  for (const effects of [good.effects, new Map([['tok_0', 1]])])
    assert.deepEqual(judge({ ...good, posts, effects }).faults, []);
});
