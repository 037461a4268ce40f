import assert from 'node:assert/strict';
import { test } from 'node:test';
import { callTool, say, scriptedModel } from '../testing/scripted-model.ts';
import { ana, Stage } from '../testing/stage.ts';

const ask = (proposal: string, why: string | null = null) => [
  callTool('ask_person', { proposal, why }, 'call_a'),
];

test('I7: ask_person waits with a card, and tells the agent what was said', async () => {
  for (const [granted, told] of [
    [true, /They said yes to exactly this/],
    [false, /Denied by Ana/],
  ] as const) {
    const model = scriptedModel([ask('Delete\u200b the old branch', 'It is merged.'), [say('ok')]]);
    const stage = new Stage({ model });
    const outcome = await stage.run();
    assert.ok(outcome.kind === 'waiting');
    const [question] = outcome.asks;
    assert.deepEqual(question?.request, {
      kind: 'tool',
      title: 'go on like this',
      subject: 'Delete<U+200B> the old branch',
      why: 'It is merged.',
    });
    stage.decisions.set('call_a', { granted, by: 'Ana' });
    assert.equal(await stage.answer(), 'ok');
    assert.match(JSON.stringify(model.requests.at(-1)), told);
  }
});

test('read_thread gives earlier turns in full, as data', async () => {
  const model = scriptedModel([[callTool('read_thread', { skip: 3, count: 2 }, 'call_a')], [say('ok')]]);
  const asked: number[][] = [];
  await new Stage({ model }).run({
    readThread: async (skip, count) => {
      asked.push([skip, count]);
      return [
        { author: ana, text: 'which disk?', quoted: [{ name: 'Ben', text: 'it is full' }], answer: 'sda' },
      ];
    },
  });
  assert.deepEqual(asked, [[3, 2]]);
  const told = JSON.stringify(model.requests.at(-1));
  assert.match(told, /<data-\w+ source=\\"the thread before\\">/);
  assert.match(told, /it is full[\s\S]*Ana: which disk\?\\nDeckhand: sda/);
});
