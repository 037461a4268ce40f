import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AgentInputItem, ModelRequest } from '@openai/agents';
import { DeckhandError } from '#core/errors.ts';
import type { SteeredMessage } from '#core/turns/steers.ts';
import type { AgentContext, TurnSteers } from './port.ts';
import { MemoryJournal } from './testing/memory-journal.ts';
import { callTool, say, scriptedModel } from './testing/scripted-model.ts';
import { ana, Stage } from './testing/stage.ts';

const script = [
  [callTool('exec_command', { cmd: 'one' }, 'call_a'), callTool('exec_command', { cmd: 'two' }, 'call_b')],
  [callTool('exec_command', { cmd: 'risky', careful: true, why: 'no way back' }, 'call_c')],
  [callTool('exec_command', { cmd: 'three' }, 'call_d')],
  [say('All done.')],
];

/** What people have queued, as the database keeps it: each message is consumed for one key, and found again for it. */
class Queue implements TurnSteers {
  readonly taken = new Map<string, SteeredMessage[]>();
  #queued: SteeredMessage[] = [];

  add(text: string): void {
    this.#queued.push({ turnId: `trn_${text}`, by: ana, text, files: [] });
  }

  async waiting(): Promise<boolean> {
    return this.#queued.length > 0;
  }

  async take(key: string): Promise<SteeredMessage[]> {
    const told = this.taken.get(key) ?? this.#queued;
    if (!this.taken.has(key)) this.#queued = [];
    this.taken.set(key, told);
    return told;
  }
}

/** The words in a request and what called for results, in order. */
function shape({ input }: ModelRequest): string[] {
  return (input as AgentInputItem[]).flatMap((item) => {
    if (item.type === 'function_call') return [`call ${item.callId}`];
    return 'role' in item && item.role === 'user' ? [`user ${String(item.content)}`] : [];
  });
}

/** Runs the turn, killed at a boundary of the first run, with words that come while the first step runs. */
async function steered(killAt?: number) {
  const model = scriptedModel(script);
  const stage = new Stage({ model });
  const queue = new Queue();
  const context = (journal: MemoryJournal): AgentContext => ({
    ...stage.context(journal),
    steers: queue,
    decision: (callId) => stage.decisions.get(callId) ?? null,
    sandbox: async () => {
      if (stage.log.receipt('model:1') === null && queue.taken.size === 0 && !said) queue.add('use staging');
      said = true;
      return stage.sandbox;
    },
  });
  let said = false;
  let killed = 0;
  for (;;) {
    const journal = new MemoryJournal(stage.log, killed === 0 ? killAt : undefined);
    const outcome = await stage.agent.run(context(journal)).catch((error: unknown) => {
      if (error instanceof DeckhandError) throw error;
      killed += 1;
      return null;
    });
    if (outcome?.kind === 'waiting') stage.decisions.set('call_c', { granted: true, by: 'Ana' });
    if (outcome?.kind === 'finished') return { stage, model, queue, killed, answer: outcome.answer };
  }
}

test('what the author says meanwhile stands behind what was done by then, in every later request', async () => {
  const { model, stage } = await steered();
  assert.deepEqual(model.requests.map(shape), [
    ['user hello'],
    ['user hello', 'call call_a', 'call call_b', 'user use staging'],
    ['user hello', 'call call_a', 'call call_b', 'user use staging', 'call call_c'],
    ['user hello', 'call call_a', 'call call_b', 'user use staging', 'call call_c', 'call call_d'],
  ]);
  assert.deepEqual(stage.log.keys('steer'), ['steer:1']);
});

test('I4: killed at any boundary, the words are heard once and at one place, and the model is asked the same', async () => {
  const calm = await steered();
  const wanted = calm.model.requests.map(shape).at(-1);
  const total = calm.stage.log.keys().length * 4;
  let cut = 0;
  for (let killAt = 1; killAt <= total; killAt += 1) {
    const { stage, model, queue, killed, answer } = await steered(killAt);
    cut += killed;
    assert.equal(answer, 'All done.', `killed at ${killAt}`);
    assert.equal([...queue.taken.values()].flat().length, 1, `killed at ${killAt}`);
    assert.equal(await queue.waiting(), false, `killed at ${killAt}`);
    const last = model.requests.map(shape).at(-1) ?? [];
    assert.equal(
      last.filter((word) => word === 'user use staging').length,
      1,
      `killed at ${killAt}: ${last}`,
    );
    assert.deepEqual([...last].sort(), [...(wanted ?? [])].sort(), `killed at ${killAt}`);
    assert.equal(new Set(stage.sandbox.started).size, stage.sandbox.started.length, `killed at ${killAt}`);
  }
  assert.ok(cut >= 20, `only ${cut} runs were cut`);
});

test('a replay hears the same words at the same step, and asks nobody for new ones', async () => {
  const { stage, answer } = await steered();
  const again = await stage.run({
    replay: true,
    decision: (callId) => stage.decisions.get(callId) ?? null,
    sandbox: () => Promise.reject(new Error('no sandbox in a replay')),
    steers: {
      waiting: () => Promise.reject(new Error('nobody is asked in a replay')),
      take: () => Promise.reject(new Error('nobody is asked in a replay')),
    },
  });
  assert.equal(again.kind === 'finished' && again.answer, answer);
});

test('words that come while the last answer is written are not heard: they are the next turn', async () => {
  const queue = new Queue();
  const model = scriptedModel([[say('Done.')]]);
  const stage = new Stage({ model });
  const asked = model.getStreamedResponse.bind(model);
  model.getStreamedResponse = (request) => {
    queue.add('too late');
    return asked(request);
  };
  assert.equal(await stage.answer({ steers: queue }), 'Done.');
  assert.equal(await queue.waiting(), true);
  assert.equal(queue.taken.size, 0);
});
