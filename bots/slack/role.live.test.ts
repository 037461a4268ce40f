import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { startScriptedWorker } from '#bots/http/testing/scripted-worker.ts';
import { environmentWith } from '#core/config.ts';
import { openTestCore, type TestCore } from '#core/testing/core.ts';
import { lastFirst } from '#core/testing/last-first.ts';
import { until } from '#core/testing/until.ts';
import { manifestScopes } from './testing/manifest.ts';
import { type SlackTwin, startSlackTwin } from './testing/slack-twin.ts';

/** The bots role as it runs in production, on the twin. Resolves when it says that it is ready. */
async function startRole(core: TestCore, twin: SlackTwin): Promise<ChildProcess> {
  const child = spawn(process.execPath, [join(import.meta.dirname, '../main.ts')], {
    env: environmentWith({
      DATABASE_URL: core.databaseUrl,
      DECKHAND_HOME: core.home,
      DECKHAND_PORT: '0',
      DECKHAND_LOG: 'silent',
      SLACK_BOT_TOKEN: twin.botToken,
      SLACK_APP_TOKEN: twin.appToken,
      SLACK_API_URL: twin.apiUrl,
    }),
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  for await (const [message] of onMessages(child)) if (message.ready) break;
  await twin.look.until('a connection', () => twin.sockets.connections > 0, 30_000);
  return child;
}

async function* onMessages(child: ChildProcess): AsyncGenerator<[{ ready?: boolean }]> {
  for (;;) yield (await once(child, 'message')) as [{ ready?: boolean }];
}

async function kill(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
}

test('I1, I2: `kill -9` of the role among 20 mentions and 20 answers loses none and doubles none', async (t) => {
  const releases = lastFirst(t);
  const core = await openTestCore(releases);
  const twin = await startSlackTwin({ limits: false, scopes: manifestScopes() });
  releases.after(() => twin.stop());
  twin.workspace.channel('ops');
  const ana = twin.workspace.user('ana');
  let role = await startRole(core, twin);
  releases.after(() => kill(role, 'SIGTERM'));

  const threads = Array.from({ length: 20 }, (_, n) => ana.mention('ops', `say answer ${n}`));
  await twin.look.until(
    'some acknowledgements',
    () => twin.events.attempts.filter(({ answer }) => answer.acknowledged).length >= 6,
    30_000,
  );
  await kill(role, 'SIGKILL');
  role = await startRole(core, twin);
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
  await kill(role, 'SIGKILL');
  role = await startRole(core, twin);
  await until(async () => (posted() === threads.length ? true : null), 'every answer');
  await until(async () => {
    const { rows } = await core.database.pool.query(`SELECT 1 FROM post WHERE state <> 'sent'`);
    return rows.length === 0 ? true : null;
  }, 'every post settled');
  for (const thread of threads) assert.equal(twin.look.posts(thread).length, 1);
});
