import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aCard, aDocument, aReceipt, aStep, at } from '#core/testing/documents.ts';
import { renderConsole } from './render.ts';
import type { Block, ConsolePost } from './types.ts';

const now = new Date(at(5));
const render = (changes: Parameters<typeof aDocument>[0]) => renderConsole(aDocument(changes), now);
const blocksOf = (posts: ReturnType<typeof render>, slot: string): Block[] => {
  const post = posts.find((candidate) => candidate.slot === slot);
  return (post?.payload as ConsolePost | undefined)?.blocks ?? [];
};

test('a turn that has only begun shows nothing but its status', () => {
  assert.deepEqual(render({ steps: [aStep('$ true', { state: 'running' })] }), []);
});

test('checklist, cards and answer stand in this order; only the answer is never edited', () => {
  const posts = render({
    state: 'succeeded',
    finishedAt: at(4),
    steps: [aStep('$ a'), aStep('$ b'), aStep('$ c')],
    approvals: [aCard({ state: 'granted', scope: 'once', decidedAt: at(3) })],
    answer: 'Done.',
  });
  assert.deepEqual(
    posts.map(({ slot, kind, edits }) => [slot, kind, edits]),
    [
      ['checklist:0', 'checklist', true],
      ['approval:apr_1', 'approval', true],
      ['answer:0', 'answer', false],
    ],
  );
});

test('I10: an answer keeps all of its text and names its files without saying where they lie', () => {
  const answer = `${'long '.repeat(50_000)}the end`;
  const file = { id: 'fil_1', name: 'a.txt', mediaType: 'text/plain', size: 3, blob: 'f'.repeat(64) };
  const posts = render({ state: 'succeeded', answer, sentFiles: [file], receipt: aReceipt({ ms: 5000 }) });
  const { blob, ...shown } = file;
  assert.deepEqual(blocksOf(posts, 'answer:0'), [
    { type: 'markdown', text: answer },
    { type: 'files', files: [shown] },
    {
      type: 'receipt',
      line: '⚓ no commands · nothing left the network · no secrets · 5 s',
      retry: true,
    },
  ]);
  assert.ok(!JSON.stringify(posts).includes(blob));
});

test('a failed turn says what happened and what to do, a stopped one by whom', () => {
  const error = { code: 'model.unreachable', message: 'The model did not answer. Ask again in a while.' };
  const failed = blocksOf(render({ state: 'failed', error, finishedAt: at(4) }), 'answer:0');
  assert.deepEqual(failed[0], { type: 'line', tone: 'alert', text: error.message, at: at(4) });
  const by = { userId: 'usr_ana', name: 'Ana' };
  const stopped = blocksOf(render({ state: 'cancelled', stoppedBy: by, finishedAt: at(4) }), 'answer:0');
  assert.deepEqual(stopped[0], { type: 'line', tone: 'quiet', text: 'Stopped by Ana', at: at(4) });
});

test('I7: an open card has no outcome; one of an ended turn has one', () => {
  const card = (state: 'waiting' | 'cancelled') =>
    blocksOf(
      render({ state, approvals: [aCard({ state: state === 'waiting' ? 'open' : 'expired' })] }),
      'approval:apr_1',
    )[0];
  const open = card('waiting');
  assert.equal(open?.type === 'approval' && open.outcome, null);
  const closed = card('cancelled');
  assert.match((closed?.type === 'approval' && closed.outcome?.text) || '', /No longer asked/);
});

test('after a crash the thread says what was done and was not repeated', () => {
  const posts = render({ restarts: [{ at: at(2), done: 2, cut: ['$ make'] }], steps: [aStep('$ make')] });
  const lines = blocksOf(posts, 'checklist:0').filter((block) => block.type === 'line');
  assert.deepEqual(
    lines.map(({ text, at: when }) => [text, when]),
    [
      [
        '↻ Restarted. Steps 1–2 are done and were not repeated. Step 3 ($ make) was cut off; I look first whether it ran.',
        at(2),
      ],
    ],
  );
});

test('one document gives one rendering, whatever hour it is computed', () => {
  const document = aDocument({ state: 'succeeded', answer: 'x', finishedAt: at(60), steps: [aStep('$ a')] });
  assert.deepEqual(renderConsole(document, new Date(at(61))), renderConsole(document, new Date(at(99_999))));
});
