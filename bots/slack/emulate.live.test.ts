import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEmulator } from 'emulate';
import { startScriptedWorker } from '#bots/http/testing/scripted-worker.ts';
import { openInbound } from '#bots/inbound.ts';
import { startNotices } from '#bots/notices.ts';
import { startOutbound } from '#bots/outbound.ts';
import { testCommandWays } from '#bots/testing/command-ways.ts';
import { openLog } from '#core/log.ts';
import { openTestCore, type TestCore } from '#core/testing/core.ts';
import { lastFirst } from '#core/testing/last-first.ts';
import { until } from '#core/testing/until.ts';
import { openSlackDoor } from './door.ts';
import { signatureOf } from './testing/events/http-requests.ts';
import { manifestScopes } from './testing/manifest.ts';

const secret = 'a secret of the test';
const botToken = 'xoxb-deckhand';
const anasToken = 'xoxp-ana';

/** An answer of the Web API, as it came. */
interface Answer {
  ok: boolean;
  error?: string;
  ts?: string;
  user_id?: string;
  team_id?: string;
  channels?: { id: string; name: string }[];
  messages?: Said[];
  files?: { name: string }[];
}
interface Said {
  ts: string;
  text?: string;
  user?: string;
  bot_id?: string;
  metadata?: { event_payload?: { key?: string } };
  files?: { name: string }[];
}

/** The bots role, as far as Slack goes; events come over HTTP. */
async function startBots(core: TestCore, apiUrl: string) {
  const log = openLog('test', 'silent');
  const limits = { maxQueued: 200, maxMessageBytes: 64 * 1024 };
  const inbound = openInbound({ ...core, log, limits });
  const door = openSlackDoor(
    {
      ...{ botToken, apiUrl, postsPerSecond: 1000, way: { signingSecret: secret } },
      ...{ maxFileBytes: 1024 * 1024, policy: { guests: false } },
    },
    { ...core, log },
  );
  const adapters = { slack: door.adapter };
  const board = startNotices({ adapters, notices: core.notices, log });
  const outbound = await startOutbound({ adapters, posts: core.posts, live: core.live, log });
  const role = { adapters, handle: inbound, say: board.say };
  const entrance = door.open({ inbound, say: board.say, commands: testCommandWays(core, role) });
  return {
    deliver: async (body: string): Promise<number> => {
      const headers = { 'content-type': 'application/json', ...signatureOf(body, { secret }) };
      const request = new Request('http://deckhand.test/slack/events', { method: 'POST', body, headers });
      return (await entrance.handle?.(request))?.status ?? 0;
    },
    stop: async () => {
      await entrance.stop();
      await outbound.stop();
      await board.stop();
    },
  };
}

test('I1: a server that others wrote, strict about scopes: asked, answered, sent a file, found again by key', async (t) => {
  const releases = lastFirst(t);
  const core = await openTestCore(releases);
  const slack = {
    team: { name: 'Harbour', domain: 'harbour' },
    users: [{ name: 'ana' }, { name: 'deckhand' }],
    channels: [{ name: 'ops' }],
    tokens: [
      { token: botToken, user: 'deckhand', scopes: manifestScopes() },
      { token: anasToken, user: 'ana', scopes: ['chat:write', 'channels:read', 'channels:history'] },
    ],
    ...{ signing_secret: secret, strict_scopes: true },
  };
  const emulator = await createEmulator({ service: 'slack', port: 0, seed: { slack } });
  releases.after(() => emulator.close());
  const apiUrl = `${emulator.url}/api/`;
  const call = async (token: string, method: string, args: Record<string, string> = {}): Promise<Answer> => {
    const headers = { authorization: `Bearer ${token}` };
    const body = new URLSearchParams(args);
    const answer = (await (await fetch(apiUrl + method, { method: 'POST', headers, body })).json()) as Answer;
    assert.ok(answer.ok, `${method}: ${answer.error}`);
    return answer;
  };
  const { user_id: bot = '', team_id: team = '' } = await call(botToken, 'auth.test');
  const { user_id: ana = '' } = await call(anasToken, 'auth.test');
  const { channels = [] } = await call(anasToken, 'conversations.list');
  const channel = channels.find(({ name }) => name === 'ops')?.id ?? '';
  const worker = startScriptedWorker(core);
  releases.after(() => worker.stop());
  let bots = await startBots(core, apiUrl);
  releases.after(() => bots.stop());

  /** Ana writes, and Slack tells us: its own events reach only who was registered inside the server. */
  async function ask(text: string, root?: string): Promise<string> {
    const words = root ? text : `<@${bot}> ${text}`;
    const place = { channel, text: words, ...(root ? { thread_ts: root } : {}) };
    const { ts = '' } = await call(anasToken, 'chat.postMessage', place);
    const thread = root ? { thread_ts: root } : {};
    const event = {
      type: 'message',
      channel,
      channel_type: 'channel',
      user: ana,
      text: words,
      ts,
      ...thread,
    };
    assert.equal(await bots.deliver(JSON.stringify({ team_id: team, type: 'event_callback', event })), 200);
    return ts;
  }
  const ours = async (root: string): Promise<Said[]> =>
    ((await call(anasToken, 'conversations.replies', { channel, ts: root })).messages ?? []).filter(
      ({ user, ts }) => user !== ana && ts !== root,
    );
  const oursWith = (root: string, fits: (said: Said[]) => boolean) =>
    until(async () => {
      const said = await ours(root);
      return fits(said) ? said : null;
    }, 'what we say in the thread');

  const root = await ask('say all is well');
  const [answer] = await oursWith(root, (said) => said.length === 1);
  assert.match(JSON.stringify(answer), /all is well.*⚓/);
  assert.match(answer?.metadata?.event_payload?.key ?? '', /^[0-9a-f]{24}$/);

  // As if the process had died between the post and its record.
  await bots.stop();
  await core.database.pool.query(`UPDATE post SET state = 'reserved', platform_id = NULL`);
  await core.database.pool.query('UPDATE session SET shown_seq = 0, shown_until = NULL');
  bots = await startBots(core, apiUrl);
  const { rows } = await until(async () => {
    const found = await core.database.pool.query(`SELECT platform_id FROM post WHERE state = 'sent'`);
    return found.rows.length === 1 ? found : null;
  }, 'the record');
  assert.deepEqual(rows, [{ platform_id: answer?.ts }]);
  assert.equal((await ours(root)).length, 1);

  await ask('file report.html', root);
  const said = await oursWith(root, (all) => all.some(({ files = [] }) => files.length > 0));
  assert.deepEqual(
    said.flatMap(({ files = [] }) => files.map(({ name }) => name)),
    ['report.html'],
  );
  await ask('careful $ echo hi', root);
  await oursWith(root, (all) => JSON.stringify(all).includes('Allow in this thread'));
  const [open] = await until(async () => {
    const all = await core.approvals.listOpen(1);
    return all.length > 0 ? all : null;
  }, 'the question');
  assert.ok(open);
  const by = { userId: 'usr_page', name: 'Paula' };
  await core.approvals.decide(open.approvalId, { grant: true, scope: 'once', revision: open.revision, by });
  await core.bell.ring(open.sessionId);
  const after = await oursWith(root, (all) => JSON.stringify(all).includes('Paula allowed this once'));
  assert.doesNotMatch(JSON.stringify(after), /Allow in this thread/, 'the card was edited where it stood');
  await oursWith(root, (all) => JSON.stringify(all).includes('with your permission'));
});
