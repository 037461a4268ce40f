import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ReplayResult } from '#core/events/replays-port.ts';
import { openLog } from '#core/log.ts';
import { openTestCore, sayAccepted, type TestCore } from '#core/testing/core.ts';
import { lastFirst, type Releases } from '#core/testing/last-first.ts';
import { until } from '#core/testing/until.ts';
import { isFinal } from '#core/turns/state.ts';
import { FakeHost } from '#worker/sandbox/fake.ts';
import { startTestWorker, testVersion } from '#worker/testing/worker.ts';
import { type ReplayDeps, settleReplays } from './settle-replays.ts';

const log = openLog('test', 'silent');

/** A session with one turn that ran a command, by its author. */
async function stage(t: Releases) {
  const releases = lastFirst(t);
  const core = await openTestCore(releases);
  await startTestWorker(releases, core, new FakeHost());
  const { turnId, sessionId } = await sayAccepted(core, 'one', { text: '$ echo one' });
  await core.bell.ring(sessionId);
  const ended = await until(async () => {
    const turn = await core.turns.byId(turnId);
    return turn && isFinal(turn.state) ? turn : null;
  }, 'the turn to end');
  const start = (changes: Partial<ReplayDeps> = {}) => {
    const settling = settleReplays({ ...core, version: testVersion, log, lookMs: 20, ...changes });
    releases.after(() => settling.stop());
    return settling;
  };
  return { core, sessionId, turnId, by: ended.authorId, start };
}

function settled(core: TestCore, sessionId: string): Promise<ReplayResult> {
  return until(async () => (await core.replays.of(sessionId))?.result, 'the replay to be settled');
}

test('a replay that is asked for is done by a worker, once, and says that the log is what the harness does', async (t) => {
  const { core, sessionId, by, start } = await stage(t);
  assert.equal(await core.replays.of(sessionId), null);
  const asked = await core.replays.ask(sessionId, by);
  assert.equal(asked.state, 'asked');
  assert.equal((await core.replays.ask(sessionId, by)).replayId, asked.replayId, 'one is open already');
  start();
  start();
  const same = { identical: 1, otherHarness: 0, divergence: null, message: null };
  assert.deepEqual(await settled(core, sessionId), { verdict: 'identical', ...same });
  const again = await core.replays.ask(sessionId, by);
  assert.notEqual(again.replayId, asked.replayId, 'a settled one is asked for anew');
});

test('a log that was changed is shown with the first place where it parts ways', async (t) => {
  const { core, sessionId, turnId, by, start } = await stage(t);
  const rows: typeof core.sessions.rows = async (...asked) =>
    (await core.sessions.rows(...asked)).map((row) => ({
      ...row,
      body: row.body.replaceAll('echo one', 'echo won'),
    }));
  await core.replays.ask(sessionId, by);
  start({ sessions: { ...core.sessions, rows } });
  const { verdict, divergence } = await settled(core, sessionId);
  assert.equal(verdict, 'diverged');
  assert.equal(divergence?.turnId, turnId);
  assert.ok(divergence?.recorded && divergence.found, JSON.stringify(divergence));
});

test('turns of another version are not compared; a log that cannot be read is a failure with its reason', async (t) => {
  const { core, sessionId, by, start } = await stage(t);
  await core.replays.ask(sessionId, by);
  const other = start({ version: '99.0.0' });
  const { verdict, otherHarness } = await settled(core, sessionId);
  assert.deepEqual([verdict, otherHarness], ['nothing', 1]);
  await other.stop();
  await core.replays.ask(sessionId, by);
  const rows = () => Promise.reject(new Error('the disk is gone'));
  start({ sessions: { ...core.sessions, rows } });
  assert.match(String((await settled(core, sessionId)).message), /the disk is gone/);
});

test('I8: a worker that was thought dead cannot settle what another has taken over', async (t) => {
  const { core, sessionId, by } = await stage(t);
  await core.replays.ask(sessionId, by);
  const first = await core.replays.take('wrk_first', 60_000);
  assert.ok(first);
  assert.equal(await core.replays.take('wrk_second', 60_000), null, 'it is not taken twice');
  assert.equal((await core.replays.of(sessionId))?.state, 'running');
  const second = await until(() => core.replays.take('wrk_second', 1), 'it to be taken over');
  const result = {
    verdict: 'nothing',
    identical: 0,
    otherHarness: 0,
    divergence: null,
    message: null,
  } as const;
  assert.equal(await core.replays.settle(first, 'wrk_first', result), false);
  assert.equal(await core.replays.settle(second, 'wrk_second', result), true);
});
