import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SeenPost } from './far/far-side.ts';
import { judge, type Observed } from './outcome.ts';
import type { Said } from './script.ts';

const said = (index: number, sentAt: number): Said => ({
  thread: 'slack/t0',
  message: {
    eventId: `msg_${index}`,
    mark: `tok${index}x`,
    platform: 'slack',
    thread: 't0',
    author: 'ana',
    text: `$ echo tok${index}x0`,
    tokens: [`tok${index}x0`],
    allow: true,
    asks: false,
    atMs: 0,
    againMs: [],
  },
  firstSentAt: sentAt,
  takenAt: sentAt + 1,
});

const answer = (
  index: number,
  place: number,
  more: { text?: string; thread?: string; about?: string; key?: string } = {},
): SeenPost => ({
  id: `post_${place}`,
  thread: more.thread ?? 'slack/t0',
  kind: 'answer',
  key: more.key ?? `key_${place}`,
  about: more.about ?? `tok${index}x0`,
  text: more.text ?? `\`echo tok${index}x0\`: exit code 0\n(no output)`,
  asks: false,
  place,
});

const good: Observed = {
  said: [said(0, 0), said(1, 10)],
  posts: [answer(0, 0), answer(1, 1)],
  effects: new Map([
    ['tok0x0', 1],
    ['tok1x0', 1],
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
    { posts: [answer(0, 0), answer(1, 1, { thread: 'slack/t1' })] },
    { lost: 1 },
  ],
  ['a second answer is a doubled post', { posts: [...good.posts, answer(0, 2)] }, { doubled_posts: 1 }],
  [
    'a post that stands twice under one key is a doubled post',
    { posts: [...good.posts, { ...answer(0, 2), kind: 'card', key: 'key_0' }] },
    { doubled_posts: 1 },
  ],
  [
    'an answer that belongs to nothing is a doubled post',
    { posts: [...good.posts, answer(7, 2, { about: 'Something in me broke.' })] },
    { doubled_posts: 1 },
  ],
  [
    'of two messages and one answer without a mark one is lost',
    { posts: [answer(7, 2, { about: 'Something in me broke.' })] },
    { lost: 1 },
  ],
  [
    'a later message answered first is an inversion',
    { posts: [answer(1, 0), answer(0, 1)] },
    { inversions: 1 },
  ],
  [
    'a command that ran twice is a doubled effect',
    {
      effects: new Map([
        ['tok0x0', 2],
        ['tok1x0', 1],
      ]),
    },
    { doubled_effects: 1 },
  ],
  ['a command that was reported and never ran is lost', { effects: new Map([['tok0x0', 1]]) }, { lost: 1 }],
  [
    'a command that ran although it was denied is a doubled effect',
    { posts: [answer(0, 0), answer(1, 1, { text: 'Nothing was run: Pat denied `echo tok1x0`.' })] },
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
  const text = '`echo tok1x0`: no exit code\nIt was interrupted: it may or may not have run.';
  const posts = [answer(0, 0), answer(1, 1, { text })];
  for (const effects of [good.effects, new Map([['tok0x0', 1]])])
    assert.deepEqual(judge({ ...good, posts, effects }).faults, []);
});
