import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aCard, aDocument, aStep, at } from '#core/testing/documents.ts';
import { checklistOf } from './checklist.ts';

const now = (seconds: number) => new Date(at(seconds));
const steps = (count: number) => Array.from({ length: count }, (_, n) => aStep(`$ step ${n + 1}`));

test('a short turn has no checklist; ten seconds, three steps or a crash give it one', () => {
  assert.equal(checklistOf(aDocument({ state: 'queued', startedAt: null }), now(100)), null);
  assert.equal(checklistOf(aDocument({ steps: steps(2) }), now(9)), null);
  assert.notEqual(checklistOf(aDocument({ steps: steps(2) }), now(10)), null);
  assert.notEqual(checklistOf(aDocument({ steps: steps(3) }), now(1)), null);
  const crashed = aDocument({ restarts: [{ at: at(2), done: 1, cut: [] }] });
  assert.notEqual(checklistOf(crashed, now(3)), null);
});

test('a short turn that waited for an answer for days gets no checklist at its end', () => {
  const ended = {
    state: 'succeeded' as const,
    finishedAt: at(200_000),
    approvals: [aCard({ state: 'granted' })],
  };
  assert.equal(checklistOf(aDocument({ ...ended, steps: steps(1) }), now(200_001)), null);
});

test('it says how far it is, and folds at the end', () => {
  const running = aDocument({ steps: [...steps(3), aStep('$ pg_upgrade', { state: 'running' })] });
  const list = checklistOf(running, now(240));
  assert.equal(list?.headline, '◐ 3 of 4 steps done · 4 min');
  assert.deepEqual(list?.rows.at(-1), { mark: '◐', text: '$ pg_upgrade', steps: ['$ pg_upgrade/command:0'] });
  const ended = aDocument({ state: 'succeeded', steps: steps(31), finishedAt: at(580) });
  assert.deepEqual(checklistOf(ended, now(600)), {
    headline: '✓ 31 steps · 9 min 40 s',
    rows: [],
    restarts: [],
  });
  const stopped = aDocument({ state: 'cancelled', steps: steps(3), finishedAt: at(20) });
  assert.equal(checklistOf(stopped, now(600))?.headline, '■ Stopped after 3 steps · 20 s');
});

test('whatever the steps are, there are at most eight rows and none of them loses a step', () => {
  const states = ['done', 'failed', 'running', 'done', 'interrupted'] as const;
  const kinds = ['command', 'file', 'tool'] as const;
  for (let count = 0; count <= 60; count += 1) {
    for (let mix = 1; mix <= 5; mix += 1) {
      const all = Array.from({ length: count }, (_, n) =>
        aStep(`$ ${n}`, { state: states[(n * mix) % 5] ?? 'done', kind: kinds[(n + mix) % 3] ?? 'tool' }),
      );
      const list = checklistOf(aDocument({ steps: all }), now(60));
      assert.ok((list?.rows.length ?? 0) <= 8);
      assert.deepEqual(
        list?.rows.flatMap((row) => row.steps),
        all.map(({ key }) => key),
      );
    }
  }
});

test('while a request waits at the door for an answer it says for whom, and no longer', () => {
  const steps = [aStep('$ make'), aStep('$ npm install', { state: 'running' })];
  const held = aCard({ heldUntil: at(121) });
  const shown = (card: typeof held, seconds: number) => {
    const list = checklistOf(aDocument({ steps, approvals: [card] }), now(seconds));
    return [list?.headline.slice(0, 17), list?.rows.map(({ mark }) => mark).join('')];
  };
  assert.deepEqual(shown(held, 2), ['⏸ Waiting for Ana', '✓⏸']);
  assert.deepEqual(shown(held, 130), ['◐ 1 of 2 steps do', '✓◐']);
  assert.deepEqual(shown({ ...held, state: 'granted' }, 20), ['◐ 1 of 2 steps do', '✓◐']);
  const early = aDocument({ steps: steps.slice(1), approvals: [held] });
  assert.equal(checklistOf(early, now(2)), null, 'the card alone says so');
});

test('a plan is shown as it is, with the current step beside its active item', () => {
  const document = aDocument({
    plan: [
      { title: 'Read the runbook', state: 'done' },
      { title: 'Run the upgrade', state: 'active' },
      { title: 'Report', state: 'pending' },
    ],
    steps: [...steps(2), aStep('$ pg_upgrade --check', { state: 'running' })],
  });
  assert.deepEqual(
    checklistOf(document, now(20))?.rows.map(({ mark, text }) => `${mark} ${text}`),
    ['✓ Read the runbook', '◐ Run the upgrade: $ pg_upgrade --check', '○ Report'],
  );
});

test('a restart says what was kept and what was cut off', () => {
  const texts = [
    { at: at(5), done: 0, cut: [] },
    { at: at(6), done: 1, cut: [] },
    { at: at(7), done: 13, cut: ['pg_upgrade --check'] },
  ];
  assert.deepEqual(
    checklistOf(aDocument({ restarts: texts }), now(8))?.restarts.map(({ text }) => text),
    [
      'Nothing had been done yet.',
      'Step 1 is done and was not repeated.',
      'Steps 1–13 are done and were not repeated. Step 14 (pg_upgrade --check) was cut off; I look first whether it ran.',
    ],
  );
});

test('what was lost with a host is said, after the restart that found it', () => {
  const document = aDocument({
    restarts: [{ at: at(5), done: 1, cut: [] }],
    lost: [
      { at: at(6), steps: 1, saved: true },
      { at: at(7), steps: 4, saved: false },
    ],
  });
  assert.deepEqual(
    checklistOf(document, now(8))?.restarts.map(({ text }) => text),
    [
      'Step 1 is done and was not repeated.',
      "The host that had this thread's files is gone. They are as they were last saved; what 1 step changed since is lost.",
      "The host that had this thread's files is gone. None had been saved: what 4 steps left there is lost.",
    ],
  );
  const alone = aDocument({ lost: [{ at: at(2), steps: 1, saved: true }] });
  assert.notEqual(checklistOf(alone, now(3)), null, 'worth a checklist by itself');
});
