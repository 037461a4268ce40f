import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { foldDocuments } from '#core/chat/fold.ts';
import { openTestCore, sayAccepted, type TestCore } from '#core/testing/core.ts';
import { lastFirst, type Releases } from '#core/testing/last-first.ts';
import { inTime, until } from '#core/testing/until.ts';
import { isFinal } from '#core/turns/state.ts';
import { callTool, say, scriptedModel } from './agent/testing/scripted-model.ts';
import { only } from './agent/testing/stage.ts';
import { FakeHost } from './sandbox/fake.ts';
import type { DiesAt } from './testing/dying-worker.ts';
import { proveLog } from './testing/prove-log.ts';
import { startTestWorker, testVersion } from './testing/worker.ts';

async function documentOf(core: TestCore, turnId: string) {
  const [document] = foldDocuments(await core.sessions.turnEvents(turnId));
  if (!document) throw new Error(`${turnId} has no beginning`);
  return document;
}

function ended(core: TestCore, turnId: string) {
  return until(async () => {
    const document = await documentOf(core, turnId);
    return isFinal(document.state) ? document : null;
  }, `the end of ${turnId}`);
}

test('what the author says while the turn works is heard at its next step, shows in its document, and is remembered', async (t) => {
  const releases = lastFirst(t);
  const core = await openTestCore(releases);
  const model = scriptedModel([
    [callTool('exec_command', { cmd: 'echo one' }, 'call_a')],
    [say('As you say.')],
  ]);
  const answer = model.getStreamedResponse.bind(model);
  const go = Promise.withResolvers<void>();
  let asked = 0;
  model.getStreamedResponse = async function* (request) {
    asked += 1;
    await go.promise;
    yield* answer(request);
  };
  await startTestWorker(releases, core, new FakeHost(), { models: only(model) });
  const running = await sayAccepted(core, 'thr', { text: 'upgrade' });
  await core.bell.ring(running.sessionId);
  await until(async () => asked > 0 || null, 'the first question to the model');
  const words = await sayAccepted(core, 'thr', { text: 'use staging' });
  const after = await sayAccepted(core, 'thr', { text: 'and then rest' });
  const by = (await documentOf(core, words.turnId)).author;
  await core.steers.ask(words.turnId, by);
  go.resolve();

  const document = await ended(core, running.turnId);
  assert.equal(document.answer, 'As you say.');
  assert.deepEqual(
    document.steps.map(({ title, output }) => [title, output?.trim()]),
    [
      ['$ echo one', 'one'],
      ['ana: use staging', 'use staging'],
    ],
  );
  const told = await ended(core, words.turnId);
  assert.deepEqual([told.withdrawn, told.steering], [true, { into: running.turnId, told: true }]);
  await ended(core, after.turnId);
  assert.match(JSON.stringify(model.requests.at(-1)?.input), /upgrade\\n\\nuse staging/);
  await proveLog(core, running.sessionId, testVersion);
});

/**
 * A worker in a process of its own, which kills itself (SIGKILL) at a point of hearing. Comes when it is at work: how long
 * a process takes to begin is the machine's affair, and no part of what is waited for later.
 */
async function forkWorker(t: Releases, core: TestCore, dies: DiesAt | null): Promise<ChildProcess> {
  const settings = JSON.stringify({ databaseUrl: core.databaseUrl, home: core.home, dies });
  const child = fork(join(import.meta.dirname, 'testing', 'dying-worker.ts'), [settings], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  t.after(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  });
  const ended = once(child, 'exit').then(([code, signal]) => {
    throw new Error(`the worker ended before it was at work: ${code ?? signal}`);
  });
  await Promise.race([once(child, 'message'), ended]);
  ended.catch(() => {});
  return child;
}

for (const dies of [
  'before it takes',
  'after it took',
  'after its receipt',
  'in its next question',
] as const) {
  test(`I4: a worker killed with kill -9 ${dies} loses no word and hears none twice`, async (t) => {
    const releases = lastFirst(t);
    const core = await openTestCore(releases);
    const running = await sayAccepted(core, 'thr', { text: 'careful $ echo one' });
    const first = await forkWorker(releases, core, dies);
    await core.bell.ring(running.sessionId);
    const [question] = await until(async () => {
      const open = await core.approvals.ofTurn(running.turnId);
      return (await core.turns.byId(running.turnId))?.state === 'waiting' ? open : null;
    }, 'the question');
    const words = await sayAccepted(core, 'thr', { text: '$ echo staging' });
    const by = (await documentOf(core, words.turnId)).author;
    assert.equal((await core.steers.ask(words.turnId, by)).waits, true);
    const died = once(first, 'exit');
    await core.approvals.decide(question?.approvalId ?? '', { grant: true, scope: 'once', by, revision: 1 });
    await core.bell.ring(running.sessionId);
    assert.equal((await inTime(died, `the worker's death ${dies}`))[1], 'SIGKILL', 'it died where it should');

    await forkWorker(releases, core, null);
    const document = await ended(core, running.turnId);
    assert.equal(document.state, 'succeeded');
    assert.match(document.answer ?? '', /staging/);
    const events = await core.sessions.turnEvents(running.turnId);
    assert.equal(events.filter(({ type }) => type === 'turn.steered').length, 1);
    const commands = document.steps.filter(({ kind }) => kind === 'command').map(({ title }) => title);
    assert.deepEqual(commands, ['$ echo one', '$ echo staging']);
    assert.equal((await core.turns.byId(words.turnId))?.state, 'cancelled');
    await proveLog(core, running.sessionId, testVersion);
  });
}
