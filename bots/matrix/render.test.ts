import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aCard, aDocument, aReceipt, aStep, at } from '#core/testing/documents.ts';
import { renderMatrix } from './render.ts';
import { contentOf, type MatrixMessage } from './types.ts';

const now = new Date(at(5));
const messages = (changes: Parameters<typeof aDocument>[0]) =>
  renderMatrix(aDocument(changes), now)
    .filter(({ late }) => !late)
    .map((post) => ({ ...post, ...(contentOf(post) as MatrixMessage) }));

test('answers are m.text and never edited, progress is m.notice; the order is checklist, cards, answer', () => {
  const posts = messages({
    state: 'succeeded',
    finishedAt: at(4),
    steps: [aStep('$ a'), aStep('$ b'), aStep('$ c')],
    approvals: [aCard({ state: 'granted', scope: 'once', decidedAt: at(3) })],
    answer: 'Done.',
  });
  assert.deepEqual(
    posts.map(({ slot, edits, content }) => [slot, edits, content.msgtype]),
    [
      ['checklist:0', true, 'm.notice'],
      ['approval:apr_1', true, 'm.text'],
      ['answer:0', false, 'm.text'],
    ],
  );
});

test('an answer calls the asker by name only when the turn ran longer than 60 s', () => {
  const calls = (ms: number) =>
    messages({ state: 'succeeded', answer: 'x', finishedAt: at(4), receipt: aReceipt({ ms }) })[0]?.calls;
  assert.equal(calls(60_000), null);
  assert.equal(calls(60_001), 'msg_1');
});

test('I7: an open card says how to answer, a decided one who decided; a line that is turned around is spelled out', () => {
  const request = {
    kind: 'command',
    title: 'run a command',
    subject: 'rm \u202egnp.x\n```',
    why: '<b>',
  } as const;
  const [open] = messages({ state: 'waiting', approvals: [aCard({ request })] });
  assert.match(open?.content.body ?? '', /React with ✅ Allow once or ❌ Deny, or reply: allow/);
  assert.match(open?.content.body ?? '', /rm \\u\{202e\}gnp/);
  assert.match(open?.content.formatted_body ?? '', /&lt;b&gt;/);
  assert.equal(open?.card?.open, true);
  const by = { userId: 'usr_ana', name: 'Ana' };
  const [done] = messages({
    state: 'running',
    approvals: [aCard({ state: 'denied', by, decidedAt: at(60), request })],
  });
  assert.match(done?.content.body ?? '', /❌ Ana denied this · \d{4}-\d\d-\d\d \d\d:\d\d UTC/);
  assert.doesNotMatch(done?.content.body ?? '', /React with/);
  assert.equal(done?.card?.open, false);
});

test('I10: whatever an answer is written in, each event fits 65,536 bytes, and the whole is there', () => {
  for (const character of ['a ', '& ', '"', '\u0001', '語', '🦀', '<']) {
    const answer = character.repeat(30_000);
    const posts = renderMatrix(aDocument({ state: 'succeeded', answer, finishedAt: at(4) }), now);
    let text = '';
    for (const post of posts) {
      const payload = contentOf(post);
      if (payload.type === 'file') text = 'text' in payload.source ? payload.source.text : '';
      else {
        assert.ok(Buffer.byteLength(JSON.stringify(payload.content)) < 55_000, character);
        text += payload.content.body;
      }
    }
    assert.ok(
      text.replaceAll(/\s/g, '').includes(answer.replaceAll(/\s/g, '')) || text.includes(answer),
      character,
    );
  }
});

test('one document gives one rendering, whatever hour it is computed', () => {
  const document = aDocument({ state: 'succeeded', answer: 'x', finishedAt: at(60), steps: [aStep('$ a')] });
  assert.deepEqual(renderMatrix(document, new Date(at(61))), renderMatrix(document, new Date(at(99_999))));
});

test('a message that was deleted before anything began shows nothing', () => {
  assert.deepEqual(messages({ state: 'cancelled', withdrawn: true }), []);
});

test('the next in line says that it waits and how it can be told to what runs; others do not', () => {
  const texts = (queue: { ahead: number; steerable: boolean }) =>
    messages({ state: 'queued', queue }).map(({ content }) => content.body);
  assert.deepEqual(texts({ ahead: 1, steerable: true }), [
    'Queued, next in line.\nReply "steer now" to tell it to what runs.\nReply "cancel" to take it back.',
  ]);
  assert.deepEqual(texts({ ahead: 5, steerable: true }), []);
});

test('always is offered for a host, and for nothing else', () => {
  const body = (kind: 'host' | 'command') => {
    const card = aCard({ request: { kind, title: 'reach it', subject: 'GET https://x', why: null } });
    return messages({ approvals: [card] }).find(({ kind: one }) => one === 'approval')?.content.body ?? '';
  };
  assert.match(body('host'), /allow in this thread · always · deny/);
  assert.doesNotMatch(body('command'), /always/);
});
