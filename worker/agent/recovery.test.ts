import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DeckhandError } from '#core/errors.ts';
import type { AgentOutcome } from './port.ts';
import { MemoryJournal } from './testing/memory-journal.ts';
import { callTool, say, scriptedModel } from './testing/scripted-model.ts';
import { Stage } from './testing/stage.ts';

/** A turn with parallel commands, files, a plan, one approval among others, and a file for the thread. */
const script = [
  [
    callTool('exec_command', { cmd: 'one' }, 'call_a'),
    callTool('exec_command', { cmd: 'two' }, 'call_b'),
    callTool('write_file', { path: '/workspace/n.txt', content: 'notes' }, 'call_c'),
  ],
  [
    callTool('update_plan', { plan: [{ title: 'ship', state: 'active' }] }, 'call_d'),
    callTool('exec_command', { cmd: 'risky', careful: true, why: 'no way back' }, 'call_e'),
    callTool('exec_command', { cmd: 'three' }, 'call_f'),
  ],
  [callTool('send_file', { path: '/workspace/n.txt' }, 'call_g')],
  [say('All done.')],
];

async function finish(
  stage: Stage,
  killAt?: number,
): Promise<{ outcome: AgentOutcome | null; boundaries: number }> {
  const journal = new MemoryJournal(stage.log, killAt);
  const outcome = await stage.agent.run(stage.context(journal)).catch((error: unknown) => {
    if (error instanceof DeckhandError) throw error;
    return null;
  });
  return { outcome, boundaries: journal.boundaries };
}

/** What came of a turn as others see it. */
function traces(stage: Stage) {
  return { ran: [...stage.sandbox.started].sort(), sent: stage.sent, keys: stage.log.keys().sort() };
}

async function allow(stage: Stage, killAt?: number): Promise<string | null> {
  const { outcome } = await finish(stage, killAt);
  if (outcome?.kind !== 'waiting') return outcome?.answer ?? null;
  assert.deepEqual(
    outcome.asks.map((ask) => ask.callId),
    ['call_e'],
  );
  stage.decisions.set('call_e', { granted: true, by: 'Ana' });
  const after = await finish(stage);
  return after.outcome?.kind === 'finished' ? after.outcome.answer : null;
}

test('I4: a run killed at any boundary and run again repeats no command and answers the same', async () => {
  const calm = new Stage({ model: scriptedModel(script) });
  assert.equal(await allow(calm), 'All done.');
  const expected = traces(calm);
  assert.deepEqual(expected.ran, ['one', 'risky', 'three', 'two']);

  const total = (calm.log.keys().length - 1) * 4;
  let cut = 0;
  for (let killAt = 1; killAt <= total; killAt += 1) {
    const stage = new Stage({ model: scriptedModel(script) });
    let answer = await allow(stage, killAt);
    if (answer === null) {
      cut += 1;
      answer = await allow(stage);
    }
    assert.equal(answer, 'All done.', `killed at ${killAt}`);
    const found = traces(stage);
    // What was begun and left no trace is settled as interrupted, so it may be missing; nothing is there twice.
    assert.equal(new Set(found.ran).size, found.ran.length, `killed at ${killAt}: ${found.ran}`);
    assert.ok(found.sent.length <= 1, `killed at ${killAt}`);
    assert.deepEqual(found.keys, expected.keys, `killed at ${killAt}`);
  }
  assert.ok(cut > 20, `only ${cut} runs were cut`);
});

test('I4: a second kill during the recovery from a first repeats no command either', async () => {
  for (let first = 3; first <= 24; first += 3) {
    for (let second = 1; second <= 12; second += 1) {
      const stage = new Stage({ model: scriptedModel(script) });
      stage.decisions.set('call_e', { granted: true, by: 'Ana' });
      await finish(stage, first);
      await finish(stage, second);
      const { outcome } = await finish(stage);
      assert.equal(outcome?.kind === 'finished' && outcome.answer, 'All done.', `${first}, ${second}`);
      const { ran } = traces(stage);
      assert.equal(new Set(ran).size, ran.length, `${first}, ${second}: ${ran}`);
    }
  }
});

test('I4: a run over a finished journal asks no model and touches no sandbox', async () => {
  const model = scriptedModel(script);
  const stage = new Stage({ model });
  await allow(stage);
  const asked = model.requests.length;
  const outcome = await stage.run({
    sandbox: () => Promise.reject(new Error('no sandbox in a replay')),
    decision: (callId) => stage.decisions.get(callId) ?? null,
  });
  assert.deepEqual(outcome, {
    kind: 'finished',
    answer: 'All done.',
    usage: { requests: 4, inputTokens: 40, outputTokens: 8 },
  });
  assert.equal(model.requests.length, asked);
});

test('I4: a command that was begun and left no trace is interrupted, and the model is told so', async () => {
  const model = scriptedModel([[callTool('exec_command', { cmd: 'one' }, 'call_a')], [say('Looked.')]]);
  const stage = new Stage({ model });
  // The sixth boundary is the one right after the command's intent.
  await finish(stage, 6);
  assert.equal(stage.sandbox.started.length, 0);
  assert.equal(await stage.answer(), 'Looked.');
  assert.ok(!stage.sandbox.started.includes('one'));
  assert.equal(stage.log.receipt('call_a/command:0')?.outcome, 'interrupted');
  assert.match(JSON.stringify(model.requests.at(-1)?.input), /may or may not have run/);
});

test('I8: a worker that was paused before it began a command cannot begin it after another has settled it', async () => {
  const model = scriptedModel([[callTool('exec_command', { cmd: 'one' }, 'call_a')], [say('Looked.')]]);
  const stage = new Stage({ model });
  await finish(stage, 6);
  await stage.answer();
  const limits = { timeoutMs: 1_000, maxOutputBytes: 1_000, maxFileBytes: 1_000 };
  await stage.sandbox.run({ key: 'trn_1.call_a', script: 'one', ...limits });
  assert.ok(!stage.sandbox.started.includes('one'));
});

test('I4: what took the place of a command is never told as its result, also after a second kill', async () => {
  for (let killAt = 1; killAt <= 5; killAt += 1) {
    const model = scriptedModel([[callTool('exec_command', { cmd: 'one' }, 'call_a')], [say('Looked.')]]);
    const stage = new Stage({ model });
    await finish(stage, 6);
    await finish(stage, killAt);
    assert.equal(await stage.answer(), 'Looked.');
    const [outcome, ran] = [
      stage.log.receipt('call_a/command:0')?.outcome,
      stage.sandbox.started.includes('one'),
    ];
    assert.deepEqual([outcome, ran], ['interrupted', false], `killed at ${killAt}`);
  }
});

test('I4: a command that ended while no worker looked is settled by its own exit status', async () => {
  const model = scriptedModel([[callTool('exec_command', { cmd: 'one' }, 'call_a')], [say('Done.')]]);
  const stage = new Stage({ model });
  await finish(stage, 7);
  assert.deepEqual(stage.sandbox.started, ['one']);
  assert.equal(await stage.answer(), 'Done.');
  assert.deepEqual(stage.sandbox.started, ['one']);
  assert.equal(stage.log.receipt('call_a/command:0')?.outcome, 'done');
});

test('I4: a file that may have been sent is not sent again', async () => {
  const model = scriptedModel([
    [callTool('send_file', { path: '/workspace/n.txt' }, 'call_a')],
    [say('Done.')],
  ]);
  const stage = new Stage({ model });
  stage.sandbox.files.set('/workspace/n.txt', Buffer.from('notes'));
  await finish(stage, 7);
  assert.equal(stage.sent.length, 1);
  await stage.answer();
  assert.equal(stage.sent.length, 1);
  assert.equal(stage.log.receipt('call_a/tool:0')?.outcome, 'interrupted');
});

test('a model call in doubt is asked again, and what it had streamed is cleared', async () => {
  const stage = new Stage({ model: scriptedModel([[say('Hello.')]]) });
  await finish(stage, 3);
  assert.equal(await stage.answer(), 'Hello.');
  const shown = stage.signals.filter((signal) => signal.kind === 'answer');
  const attempts = shown.map((signal) => signal.attempt);
  assert.ok((attempts.at(-1) ?? 0) > (attempts[0] ?? 0));
  const last = shown.filter((signal) => signal.attempt === attempts.at(-1));
  assert.equal(last.map((signal) => signal.text).join(''), 'Hello.');
});

test('gone through from its start, a journal that records another request ends the run and nothing is run', async () => {
  const stage = new Stage({ text: '$ one' });
  await finish(stage, 5);
  await assert.rejects(stage.run({ text: '$ two', replay: true }), { code: 'turn.diverged' });
  assert.deepEqual(stage.sandbox.started, []);
});

test('a tool call that diverges ends the run instead of becoming text for the model', async () => {
  const model = scriptedModel([[callTool('exec_command', { cmd: 'one' }, 'call_a')], [say('never said')]]);
  const stage = new Stage({ model });
  await finish(stage, 6);
  const entry = stage.log.entries.get('call_a/command:0');
  assert.ok(entry);
  entry.print = 'something else';
  await assert.rejects(stage.run(), { code: 'turn.diverged' });
  assert.equal(model.requests.length, 1);
});

test('a run goes on from the last complete model step, and answers and counts as one that was never cut', async () => {
  const steps = 40;
  const long = () => [
    ...Array.from({ length: steps }, (_, n) => [callTool('exec_command', { cmd: `step ${n}` }, `call_${n}`)]),
    [say('All done.')],
  ];
  const calm = new Stage({ model: scriptedModel(long()) });
  const expected = await calm.run();

  const stage = new Stage({ model: scriptedModel(long()) });
  const { outcome, boundaries } = await finish(stage, 4 * 2 * (steps - 5));
  assert.equal(outcome, null);
  assert.ok(boundaries > steps);
  assert.deepEqual(await stage.run(), expected);
  assert.deepEqual(stage.log.keys(), calm.log.keys());
  for (const key of calm.log.keys()) {
    assert.equal(stage.log.entries.get(key)?.print, calm.log.entries.get(key)?.print, key);
  }
});

test('a finished turn gone through from its start is what its journal says', async () => {
  const stage = new Stage({ model: scriptedModel(script) });
  await allow(stage);
  const written = stage.log.keys().length;
  const again = await stage.run({ replay: true });
  assert.equal(again.kind === 'finished' && again.answer, 'All done.');
  assert.equal(stage.log.keys().length, written);
});

test('a model call that was cut off under another harness is asked anew under a number of its own', async () => {
  const stage = new Stage({ text: '$ one' });
  await finish(stage, 10);
  const open = [...stage.log.entries].find(
    ([key, entry]) => key.startsWith('model:') && entry.receipt === null,
  );
  assert.equal(open?.[0], 'model:1');
  open[1].receipt = JSON.stringify({ outcome: 'interrupted', result: null });
  const { harness } = stage.context(new MemoryJournal(stage.log));
  const changed = { ...harness, instructions: 'You are somebody else.' };
  assert.match(await stage.answer({ harness: changed }), /exit code 0/);
  assert.deepEqual(stage.log.keys('model'), ['model:0', 'model:1', 'model:2']);
  assert.equal(stage.sandbox.started.length, 1);
});
