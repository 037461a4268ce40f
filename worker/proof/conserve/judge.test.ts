import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SeenPost } from '../chaos/far/far-side.ts';
import { judgeRound, type SaidDeed, type Tally } from './judge.ts';
import type { Deed } from './script.ts';

const said = (index: number, fate: Deed['fate'], author = 'p1'): SaidDeed => ({
  message: {
    ...{ seed: 1, eventId: `msg_${index}`, mark: `tok${index}x`, platform: 'slack', thread: `t${index}` },
    ...{
      author,
      text: `$ echo tok${index}x`,
      tokens: [],
      allow: true,
      asks: false,
      atMs: 0,
      againMs: [],
      fate,
    },
  },
  thread: `slack/t${index}`,
  firstSentAt: 0,
  takenAt: 1,
});

const post = (index: number, change: Partial<SeenPost> = {}): SeenPost => ({
  ...{ id: `post_${index}`, thread: `slack/t${index}`, kind: 'answer', key: `key_${index}` },
  ...{ about: `tok${index}x`, text: `tok${index}x`, asks: false, place: 0 },
  ...change,
});

const messages = [
  said(0, 'answered'),
  said(1, 'refused'),
  said(2, 'ignored'),
  said(3, 'answered-or-withdrawn'),
];
const told = post(1, { kind: 'other', about: 'I did not start this', text: 'I did not start this' });
const good = [post(0), told];

const offences: [string, SeenPost[], Partial<Tally>][] = [
  ['a message without an answer is lost', [told], { lost: 1 }],
  ['a refusal without a word is lost', [post(0)], { lost: 1 }],
  ['two answers are doubled', [...good, post(0, { id: 'b', key: 'b' })], { doubled: 1 }],
  [
    'a post that stands twice under its key is doubled',
    [...good, { ...told, id: 'b', kind: 'card', thread: 'slack/t0' }],
    { doubled: 1 },
  ],
  ['two refusals are doubled', [...good, { ...told, id: 'b', key: 'b' }], { doubled: 1 }],
  [
    'two answers to a message that was deleted are doubled',
    [...good, post(3), post(3, { key: 'b' })],
    { doubled: 1 },
  ],
  [
    'an answer in another thread is misplaced, and its message lost',
    [post(0, { thread: 'slack/t3' }), told],
    { misplaced: 1, lost: 1 },
  ],
  [
    'a card in another thread is misplaced',
    [...good, post(0, { kind: 'card', thread: 'slack/t3', key: 'c' })],
    { misplaced: 1 },
  ],
  [
    'an answer that names nobody, where everybody has one, is doubled',
    [...good, post(0, { id: 'b', key: 'b', about: 'failed', text: 'Something broke' })],
    { doubled: 1 },
  ],
  [
    'an answer to somebody who may not ask is unauthorised',
    [...good, post(1, { key: 'b' })],
    { unauthorised: 1 },
  ],
  [
    'a word on what was not for us is unauthorised',
    [...good, post(2, { kind: 'other' })],
    { unauthorised: 1 },
  ],
  [
    'a card decided by another is unauthorised',
    [...good, post(0, { kind: 'card', key: 'c', text: '✋ may I? tok0x\n✅ p2 allowed this once' })],
    { unauthorised: 1 },
  ],
];

test('a good round counts nothing', () => {
  const card = post(0, { kind: 'card', key: 'c', text: '✋ may I? tok0x\n❌ p1 denied this' });
  assert.deepEqual(judgeRound(messages, [...good, card]).faults, []);
  assert.deepEqual(judgeRound(messages, [...good, post(3)]).faults, []);
});

test('conserve notices: what answers a message that was then deleted stands for no other one of its thread', () => {
  const neighbour = { ...said(3, 'answered-or-withdrawn'), thread: 'slack/t0' };
  const { lost, doubled, misplaced } = judgeRound(
    [said(0, 'answered'), neighbour],
    [post(3, { thread: 'slack/t0' })],
  );
  assert.deepEqual({ lost, doubled, misplaced }, { lost: 1, doubled: 0, misplaced: 0 });
});

test('a failure stands for the answer of a message that has none', () => {
  const failed = post(0, { about: 'failed', text: 'Something broke' });
  assert.deepEqual(judgeRound([said(0, 'answered')], [failed]).faults, []);
});

for (const [name, posts, expected] of offences) {
  test(`conserve notices: ${name}`, () => {
    const { faults, ...tally } = judgeRound(messages, posts);
    assert.deepEqual(tally, { lost: 0, doubled: 0, misplaced: 0, unauthorised: 0, ...expected });
    assert.equal(faults.length, Object.keys(expected).length);
  });
}
