import assert from 'node:assert/strict';
import { test } from 'node:test';
import { foldDocuments } from '#core/chat/fold.ts';
import { openAnother, openTestCore, sayAccepted, type TestCore } from '#core/testing/core.ts';
import { lastFirst } from '#core/testing/last-first.ts';
import { until } from '#core/testing/until.ts';
import { isFinal } from '#core/turns/state.ts';
import { FakeHost } from './sandbox/fake.ts';
import { startTestWorker } from './testing/worker.ts';

async function ended(core: TestCore, turnId: string) {
  return until(async () => {
    const [document] = foldDocuments(await core.sessions.turnEvents(turnId));
    return document && isFinal(document.state) ? document : null;
  }, `the end of ${turnId}`);
}

async function ask(core: TestCore, thread: string, text: string) {
  const submitted = await sayAccepted(core, thread, { text });
  await core.bell.ring(submitted.sessionId);
  return submitted;
}

test('200 turns over 50 sessions, shared by two workers, end in order and each once', async (t) => {
  const releases = lastFirst(t);
  const core = await openTestCore(releases);
  const other = await openAnother(releases, core);
  const host = new FakeHost();
  await startTestWorker(releases, core, host);
  await startTestWorker(releases, other, host);
  const turns: string[] = [];
  for (let n = 0; n < 200; n += 1) {
    const { turnId } = await sayAccepted(core, `thr${n % 50}`, { text: `$ echo ${n}`, by: `user${n % 7}` });
    turns.push(turnId);
  }
  for (const { sessionId } of await core.sessions.list({ limit: 100 })) await core.bell.ring(sessionId);
  for (const turnId of turns) assert.equal((await ended(core, turnId)).state, 'succeeded');

  assert.equal(host.ran.length, 200);
  for (let session = 0; session < 50; session += 1) {
    const own = host.ran.map((script) => Number(script.split(' ')[1])).filter((n) => n % 50 === session);
    assert.deepEqual(
      own,
      [...own].sort((a, b) => a - b),
    );
  }
});

test('a turn that waits for an answer holds no worker, and ends with what people said', async (t) => {
  const releases = lastFirst(t);
  const core = await openTestCore(releases);
  const host = new FakeHost();
  await startTestWorker(releases, core, host, { slots: 1 });
  for (const [thread, grant] of [
    ['yes', true],
    ['no', false],
  ] as const) {
    const { turnId } = await ask(core, thread, 'careful $ echo hi');
    const [question] = await until(async () => {
      const open = await core.approvals.ofTurn(turnId);
      return (await core.turns.byId(turnId))?.state === 'waiting' ? open : null;
    }, 'the question');
    const between = await ask(core, `${thread}-meanwhile`, '$ echo meanwhile');
    assert.equal((await ended(core, between.turnId)).state, 'succeeded');
    const by = { userId: 'usr_ben', name: 'Ben' };
    await core.approvals.decide(question?.approvalId ?? '', { grant, scope: 'once', by, revision: 1 });
    await core.bell.ring(between.sessionId);
    const document = await ended(core, turnId);
    assert.equal(document.state, 'succeeded');
    if (!grant) assert.match(document.answer ?? '', /Ben/);
  }
  assert.equal(host.ran.filter((script) => script === 'echo hi').length, 1);
});

test('what was granted for the whole thread is not asked again, and what differs is', async (t) => {
  const releases = lastFirst(t);
  const core = await openTestCore(releases);
  const host = new FakeHost();
  await startTestWorker(releases, core, host);
  const first = await ask(core, 'thr', 'careful $ echo hi');
  const [question] = await until(async () => {
    const open = await core.approvals.ofTurn(first.turnId);
    return open.length > 0 ? open : null;
  }, 'the question');
  const by = { userId: 'usr_ana', name: 'ana' };
  await core.approvals.decide(question?.approvalId ?? '', { grant: true, scope: 'thread', by, revision: 1 });
  await core.bell.ring(first.sessionId);
  await ended(core, first.turnId);
  const same = await ask(core, 'thr', 'careful $ echo hi');
  assert.equal((await ended(core, same.turnId)).state, 'succeeded');
  const different = await ask(core, 'thr', 'careful $ echo hi ');
  const other = await ask(core, 'thr', 'careful $ echo ho');
  await ended(core, different.turnId);
  await until(
    async () => ((await core.turns.byId(other.turnId))?.state === 'waiting' ? true : null),
    'the second question',
  );
  await core.turns.stop(other.turnId, by);
});

test('a stopped turn stops its command, says so, and lets the next one run', async (t) => {
  const releases = lastFirst(t);
  const core = await openTestCore(releases);
  await startTestWorker(releases, core, new FakeHost());
  const { turnId } = await ask(core, 'thr', '$ sleep 600');
  const next = await ask(core, 'thr', '$ echo next');
  await until(async () => {
    const events = await core.sessions.turnEvents(turnId);
    return events.some((event) => event.type === 'effect.intent' && event.body.kind === 'command') || null;
  }, 'the command');
  assert.equal(await core.turns.stop(turnId, { userId: 'usr_ana', name: 'Ana' }), 'stopping');
  const document = await ended(core, turnId);
  assert.equal(document.state, 'cancelled');
  assert.equal(document.stoppedBy?.name, 'Ana');
  assert.equal((await ended(core, next.turnId)).state, 'succeeded');
});

test('a worker that stops gives its turn back, and another goes on without running the command again', async (t) => {
  const releases = lastFirst(t);
  const core = await openTestCore(releases);
  const other = await openAnother(releases, core);
  const host = new FakeHost();
  const first = await startTestWorker(releases, core, host);
  const { turnId } = await ask(core, 'thr', '$ echo once; sleep 1');
  await until(async () => (host.ran.length > 0 ? true : null), 'the command');
  await first.stop();
  await startTestWorker(releases, other, host);
  const document = await ended(core, turnId);
  assert.equal(document.state, 'succeeded');
  assert.equal(document.restarts.length, 1);
  assert.equal(host.ran.length, 1);
  const reasons = (await core.sessions.turnEvents(turnId)).flatMap((event) =>
    event.type === 'turn.resumed' ? [event.body.reason] : [],
  );
  assert.deepEqual(reasons, ['returned'], 'a clean stop is no crash');
});

test('a turn that waits across an upgrade goes on under the new version, and its log says so', async (t) => {
  const releases = lastFirst(t);
  const core = await openTestCore(releases);
  const other = await openAnother(releases, core);
  const host = new FakeHost();
  const old = await startTestWorker(releases, core, host, { version: '0.0.0-old' });
  const { turnId, sessionId } = await ask(core, 'thr', 'careful $ echo hi');
  await until(
    async () => ((await core.turns.byId(turnId))?.state === 'waiting' ? true : null),
    'the question',
  );
  await old.stop();
  await startTestWorker(releases, other, host);
  const [question] = await core.approvals.ofTurn(turnId);
  const by = { userId: 'usr_ana', name: 'ana' };
  await core.approvals.decide(question?.approvalId ?? '', { grant: true, scope: 'once', by, revision: 1 });
  await core.bell.ring(sessionId);
  assert.equal((await ended(core, turnId)).state, 'succeeded');
  const types = (await core.sessions.turnEvents(turnId)).map((event) => event.type);
  assert.ok(types.includes('harness.changed'));
  assert.deepEqual(host.ran, ['echo hi']);
});

test("a command's environment names the turn's author in commits", async (t) => {
  const releases = lastFirst(t);
  const core = await openTestCore(releases);
  const host = new FakeHost();
  await startTestWorker(releases, core, host);
  const { turnId } = await ask(core, 'thr', '$ echo hi');
  const userId = (await ended(core, turnId)).author.userId;
  assert.equal(host.environments[0]?.GIT_AUTHOR_NAME, 'ana');
  await core.identities.prefer(userId, { email: 'ana@example.com' });
  await ended(core, (await ask(core, 'thr', '$ echo ho')).turnId);
  assert.equal(host.environments[1]?.GIT_COMMITTER_EMAIL, 'ana@example.com');
});

test('I3: turns that changed places in the queue run so, and a replay is told the same past', async (t) => {
  const releases = lastFirst(t);
  const core = await openTestCore(releases);
  const asked = [];
  for (const text of ['$ echo 1', '$ echo 2', '$ echo 3'])
    asked.push(await sayAccepted(core, 'thr', { text }));
  const [first, , third] = asked;
  assert.ok(first && third);
  const by = { userId: 'usr_x', name: 'x' };
  assert.equal(await core.turns.move(third.turnId, 1, by, true), 'moved');
  const host = new FakeHost();
  await startTestWorker(releases, core, host);
  await core.bell.ring(first.sessionId);
  for (const { turnId } of asked) await ended(core, turnId);
  assert.deepEqual(host.ran, ['echo 3', 'echo 1', 'echo 2']);
});
