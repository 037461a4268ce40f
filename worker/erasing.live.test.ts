import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ReplayResult } from '#core/events/replays-port.ts';
import { openLog } from '#core/log.ts';
import { openTestCore, sayAccepted, type TestCore } from '#core/testing/core.ts';
import { lastFirst } from '#core/testing/last-first.ts';
import { until } from '#core/testing/until.ts';
import { isFinal } from '#core/turns/state.ts';
import { FakeHost } from '#worker/sandbox/fake.ts';
import { startTestWorker, testVersion } from '#worker/testing/worker.ts';
import { settleReplays } from './replay/settle-replays.ts';

async function asked(core: TestCore, thread: string, by: string, text: string) {
  const { turnId, sessionId } = await sayAccepted(core, thread, { text, by });
  await core.bell.ring(sessionId);
  const turn = await until(async () => {
    const found = await core.turns.byId(turnId);
    return found && isFinal(found.state) ? found : null;
  }, `the end of ${text}`);
  // Nobody shows threads here.
  await core.database.pool.query('UPDATE session SET shown_seq = head_seq');
  return { sessionId, turnId, userId: turn.authorId };
}

async function replayed(core: TestCore, sessionId: string, by: string): Promise<ReplayResult> {
  await core.replays.ask(sessionId, by);
  return until(async () => (await core.replays.of(sessionId))?.result, 'the replay');
}

test('a worker erases by itself; a replay says what was erased and goes through the rest; the thread goes on', async (t) => {
  const releases = lastFirst(t);
  const core = await openTestCore(releases);
  await startTestWorker(releases, core, new FakeHost());
  const settling = settleReplays({
    ...{ ...core, version: testVersion, lookMs: 20 },
    log: openLog('test', 'silent'),
  });
  releases.after(() => settling.stop());
  const first = await asked(core, 'both', 'ben', '$ echo one');
  const { sessionId, userId: ben } = first;
  const { userId: ana } = await asked(core, 'both', 'ana', '$ echo anas-own-words');
  await asked(core, 'both', 'ben', '$ echo two');
  const alone = await asked(core, 'alone', 'ana', '$ echo anas-own-words');
  assert.equal((await replayed(core, sessionId, ben)).identical, 3);
  const rows = async () => core.sessions.rows(sessionId, 0, 1000);
  const before = await rows();
  const told = before.filter(({ turnId, body }) => turnId !== null && body.includes('anas-own-words'));
  assert.ok(new Set(told.map(({ turnId }) => turnId)).size > 1, "ben's next turn was told it");

  await core.erasures.ask(ana, { userId: ben, name: 'ben' });
  await until(
    async () => ((await core.erasures.of(ana))?.state === 'sweeping' ? true : null),
    'the worker to have erased it',
  );
  assert.ok(!(await rows()).some(({ body }) => body.includes('anas-own-words')));
  assert.deepEqual(
    (await rows()).filter(({ turnId }) => turnId === first.turnId),
    before.filter(({ turnId }) => turnId === first.turnId),
    'what came before her first word is as it was',
  );
  const shared = await replayed(core, sessionId, ben);
  assert.deepEqual([shared.verdict, shared.identical], ['identical', 1]);
  assert.equal(shared.message, '2 turns were erased on request.');
  const own = await replayed(core, alone.sessionId, ben);
  assert.deepEqual([own.verdict, own.message], ['nothing', '1 turn was erased on request.']);

  await asked(core, 'both', 'ben', '$ echo three');
  assert.equal((await replayed(core, sessionId, ben)).identical, 2);
});

test('what somebody said under an account that was joined to theirs goes along', async (t) => {
  const core = await openTestCore(t);
  const old = await core.identities.resolve(
    'slack',
    { externalId: 'T1', name: 'Team' },
    { id: 'U2', name: 'ana.s' },
  );
  const said = await core.turns.submit({
    thread: { platform: 'slack', workspace: 'T1', channel: 'C1', thread: '1.0' },
    ...{ workspaceId: old.workspaceId, author: { userId: old.userId, name: 'ana.s' }, eventId: 'm1' },
    ...{ text: 'what I said there', files: [], sentAt: '', opens: true, maxQueued: 10 },
  });
  assert.equal(said.kind, 'accepted');
  const turnId = said.kind === 'accepted' ? said.turnId : '';
  await core.turns.cancelQueued(turnId, { userId: old.userId, name: 'ana.s' }, 'stopped');
  const { authorId: ana } =
    (await core.turns.byId((await sayAccepted(core, 'x', { by: 'ana' })).turnId)) ?? {};
  const code = await core.joins.offer(ana ?? '');
  await core.joins.claim(code, old.userId, 'ana.s');
  await core.joins.agree(code, ana ?? '');
  await core.erasures.ask(ana ?? '', { userId: 'usr_owner', name: 'Owner' });
  await core.database.pool.query('UPDATE session SET shown_seq = head_seq');
  await until(async () => {
    await core.erasures.goOn();
    await core.database.pool.query('UPDATE session SET shown_seq = head_seq');
    return (await core.erasures.of(old.userId))?.state === 'sweeping' || null;
  }, 'the erasure of both');
  const text = (await core.turns.byId(turnId))?.text;
  assert.equal(text, '[erased]');
  const names = await core.database.pool.query('SELECT DISTINCT name FROM "user"');
  assert.deepEqual(names.rows, [{ name: '[erased]' }]);
});
