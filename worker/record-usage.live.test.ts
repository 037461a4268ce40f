import assert from 'node:assert/strict';
import { test } from 'node:test';
import { foldDocuments } from '#core/chat/fold.ts';
import { openLog } from '#core/log.ts';
import { openTestCore, sayAccepted } from '#core/testing/core.ts';
import { lastFirst } from '#core/testing/last-first.ts';
import { until } from '#core/testing/until.ts';
import { isFinal } from '#core/turns/state.ts';
import { createAgent } from './agent/agent.ts';
import { noSkills } from './agent/skills-port.ts';
import { callTool, say, scriptedModel } from './agent/testing/scripted-model.ts';
import { only } from './agent/testing/stage.ts';
import { FakeHost, FakeSandboxes } from './sandbox/fake.ts';
import { startWorker } from './start-worker.ts';

test('model calls of a turn that waited in between are counted once each, at the price of the table', async (t) => {
  const releases = lastFirst(t);
  const core = await openTestCore(releases);
  const price = { input: 1_000_000, cachedInput: 0, output: 1_000_000 };
  await core.usage.setPrice('test', '*', price, 'usr_admin');
  const model = scriptedModel([
    [callTool('exec_command', { cmd: 'date', careful: true }, 'call_a')],
    [say('Done.')],
  ]);
  const worker = await startWorker({
    core,
    agent: createAgent({ models: only(model), version: 'test' }),
    sandboxes: new FakeSandboxes(new FakeHost()),
    skills: noSkills,
    slots: 1,
    limits: { commandTimeoutMs: 60_000, approvalLifeMs: 60_000, maxFileBytes: 1_000_000 },
    log: openLog('test', 'silent'),
  });
  releases.after(async () => {
    await worker.stop();
  });
  const { turnId, sessionId } = await sayAccepted(core, 'thr', { text: 'go' });
  await core.bell.ring(sessionId);
  const question = await until(async () => (await core.approvals.ofTurn(turnId))[0] ?? null, 'the question');
  const waiting = async () => ((await core.turns.byId(turnId))?.state === 'waiting' ? true : null);
  await until(waiting, 'the turn to wait');
  const by = { userId: 'usr_ana', name: 'ana' };
  await core.approvals.decide(question.approvalId, { grant: true, scope: 'once', by, revision: 1 });
  await core.bell.ring(sessionId);
  await until(async () => {
    const [document] = foldDocuments(await core.sessions.turnEvents(turnId));
    return document && isFinal(document.state) ? document : null;
  }, 'the end');
  const span = {
    from: new Date(Date.now() - 3_600_000).toISOString(),
    to: new Date(Date.now() + 3_600_000).toISOString(),
  };
  const [sum, ...others] = await core.usage.sums({ by: 'model', ...span });
  assert.deepEqual(others, []);
  // Two calls of 10 tokens in and 2 out.
  assert.deepEqual(sum, {
    of: 'test:test',
    calls: 2,
    inputTokens: 20,
    cachedInputTokens: 0,
    outputTokens: 4,
    cost: 24,
    unpriced: 0,
  });
});
