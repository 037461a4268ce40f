import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startScriptedWorker } from '#bots/http/testing/scripted-worker.ts';
import { openTestCore } from '#core/testing/core.ts';
import { lastFirst } from '#core/testing/last-first.ts';
import { until } from '#core/testing/until.ts';
import { manifestScopes } from './testing/manifest.ts';
import { startSlackRole } from './testing/role.ts';
import { startSlackTwin } from './testing/slack-twin.ts';

test('I1, I2: `kill -9` of the role among 20 mentions and 20 answers loses none and doubles none', async (t) => {
  const releases = lastFirst(t);
  const core = await openTestCore(releases);
  const twin = await startSlackTwin({ limits: false, scopes: manifestScopes() });
  releases.after(() => twin.stop());
  twin.workspace.channel('ops');
  const ana = twin.workspace.user('ana');
  let role = await startSlackRole(core, twin);
  releases.after(() => role.kill('SIGTERM'));

  const threads = Array.from({ length: 20 }, (_, n) => ana.mention('ops', `say answer ${n}`));
  await twin.look.until(
    'some acknowledgements',
    () => twin.events.attempts.filter(({ answer }) => answer.acknowledged).length >= 6,
    30_000,
  );
  await role.kill('SIGKILL');
  role = await startSlackRole(core, twin);
  let settled = false;
  void twin.events.settled().then(() => {
    settled = true;
  });
  await until(async () => {
    // Slack's time is hurried only while nothing waits for an acknowledgement, which is due within 3 s.
    if (twin.events.underWay === 0) await twin.clock.advance(2_000);
    return settled ? true : null;
  }, 'the retries of Slack');
  assert.deepEqual(twin.events.lost, []);

  const worker = startScriptedWorker(core);
  releases.after(() => worker.stop());
  const posted = (): number => threads.filter((thread) => twin.look.posts(thread).length > 0).length;
  await until(async () => (posted() >= 5 ? true : null), 'five answers');
  await role.kill('SIGKILL');
  role = await startSlackRole(core, twin);
  await until(async () => (posted() === threads.length ? true : null), 'every answer');
  await until(async () => {
    const { rows } = await core.database.pool.query(`SELECT 1 FROM post WHERE state <> 'sent'`);
    return rows.length === 0 ? true : null;
  }, 'every post settled');
  for (const thread of threads) assert.equal(twin.look.posts(thread).length, 1);
});
