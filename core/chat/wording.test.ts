import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aCard, aDocument, aReceipt, at } from '#core/testing/documents.ts';
import { approvalText } from './approval-text.ts';
import { countOf, formatBytes, formatDuration } from './duration.ts';
import { endingText } from './ending-text.ts';
import { receiptLine } from './receipt-line.ts';

const ana = { userId: 'usr_ana', name: 'Ana' };

test('durations are said as people say them', () => {
  const table: [number, string][] = [
    [-5, '< 1 s'],
    [499, '< 1 s'],
    [500, '1 s'],
    [5_000, '5 s'],
    [59_400, '59 s'],
    [60_000, '1 min'],
    [580_000, '9 min 40 s'],
    [3_600_000, '1 h'],
    [7_500_000, '2 h 5 min'],
  ];
  for (const [ms, words] of table) assert.equal(formatDuration(ms), words);
});

test('bytes and counts have their units', () => {
  assert.deepEqual([0, 1023, 1536, 12 * 1024 ** 2, 3 * 1024 ** 4].map(formatBytes), [
    '0 B',
    '1023 B',
    '1.5 KiB',
    '12 MiB',
    '3072 GiB',
  ]);
  assert.deepEqual([countOf(1, 'command'), countOf(0, 'command')], ['1 command', '0 commands']);
});

test('the receipt line says what left the room, and when nothing did', () => {
  const table: [Parameters<typeof aReceipt>[0], string][] = [
    [{ commands: 1, ms: 5_000 }, '⚓ 1 command · nothing left the network · no secrets · 5 s'],
    [{}, '⚓ no commands · nothing left the network · no secrets'],
    [
      {
        commands: 3,
        files: 1,
        tools: 2,
        hosts: [
          { host: 'a.example', requests: 2, bytes: 2048 },
          { host: 'b.example', requests: 1, bytes: 10 },
          { host: 'c.example', requests: 1, bytes: 10 },
        ],
        secrets: [{ name: 'ana/github', uses: 2 }],
        approvals: [{ by: 'Ana', granted: 2, denied: 1 }],
        usage: { requests: 2, inputTokens: 1200, outputTokens: 34 },
        ms: 61_000,
      },
      '⚓ 3 commands · 1 file · 2 tool calls · a.example 2.0 KiB, b.example 10 B and 1 more host · ana/github 2× · allowed 2 times and denied once by Ana · 1 min 1 s · 1,234 tokens',
    ],
  ];
  for (const [receipt, line] of table) assert.equal(receiptLine(aReceipt(receipt)), line);
});

test('I7: a card says who decided what, and asks nothing once its turn has ended', () => {
  const outcome = (card: Parameters<typeof aCard>[0], turn: 'running' | 'cancelled' = 'running') =>
    approvalText(aCard(card), 'Ben', turn).outcome?.text ?? null;
  assert.equal(approvalText(aCard(), 'Ben', 'waiting').question, '✋ Ben, may I run a command?');
  assert.equal(outcome({}), null);
  const decided = { by: ana, decidedAt: at(9) };
  assert.equal(outcome({ ...decided, state: 'granted', scope: 'once' }), '✅ Ana allowed this once');
  assert.equal(
    outcome({ ...decided, state: 'granted', scope: 'thread' }),
    '✅ Ana allowed this in this thread',
  );
  assert.equal(outcome({ ...decided, state: 'denied' }), '❌ Ana denied this');
  assert.equal(
    outcome({ state: 'expired', decidedAt: at(9) }),
    '⌛ Nobody answered in time. Nothing was run.',
  );
  assert.match(outcome({ state: 'expired' }, 'cancelled') ?? '', /^■ No longer asked/);
});

test('an ended turn says why it has no answer; one with an answer adds nothing', () => {
  const failure = { code: 'model.unreachable', message: 'The model did not answer. Ask again.' };
  assert.equal(
    endingText(aDocument({ state: 'failed', error: failure })),
    'The model did not answer. Ask again.',
  );
  assert.equal(endingText(aDocument({ state: 'cancelled', stoppedBy: ana })), 'Stopped by Ana');
  assert.equal(endingText(aDocument({ state: 'succeeded', answer: 'Done.' })), null);
  assert.match(endingText(aDocument({ state: 'succeeded', answer: '' })) ?? '', /nothing to add/);
});
