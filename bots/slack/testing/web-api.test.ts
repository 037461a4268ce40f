import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { webApi } from '@slack/bolt';
import { numbers } from './numbers.ts';
import { type Rule, rules } from './refusals.ts';
import { startSlackTwin, type TwinOptions, usualScopes } from './slack-twin.ts';

async function stage(t: TestContext, options: TwinOptions = {}) {
  const twin = await startSlackTwin({ frozenClock: true, ...options });
  t.after(() => twin.stop());
  const ops = twin.workspace.channel('ops').id;
  const ana = twin.workspace.user('ana');
  const clientOptions = {
    slackApiUrl: twin.apiUrl,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
  };
  return { twin, ops, ana, client: new webApi.WebClient(twin.botToken, clientOptions) };
}

const refused = (call: Promise<unknown>, error: string) =>
  assert.rejects(call, (thrown: Error) => {
    assert.match(thrown.message, new RegExp(error));
    return true;
  });

test('every refusal and number quotes a page of the documentation or says that it is an assumption', () => {
  const all: Rule[] = Object.values(rules);
  for (const { error, says, at } of all) {
    assert.ok(says.length > 10, error);
    if (at) assert.match(at, /^https:\/\/docs\.slack\.dev\//);
  }
  for (const { says } of Object.values(numbers)) assert.ok(says.length > 10);
});

test('one post a second and channel: 429 with Retry-After, and another channel is not delayed', async (t) => {
  const { twin, ops, client } = await stage(t);
  const other = twin.workspace.channel('other').id;
  await client.chat.postMessage({ channel: ops, text: 'one' });
  await assert.rejects(client.chat.postMessage({ channel: ops, text: 'two' }), { retryAfter: 1 });
  await client.chat.postMessage({ channel: other, text: 'one' });
  await twin.clock.advance(1_000);
  await client.chat.postMessage({ channel: ops, text: 'two' });
  assert.deepEqual(twin.look.buckets()[`post:${ops}`], { taken: 2, refused: 1 });
});

test('a missing scope is named with those that are there', async (t) => {
  const { ops, client } = await stage(t, { scopes: usualScopes.filter((one) => one !== 'chat:write') });
  await assert.rejects(client.chat.postMessage({ channel: ops, text: 'hi' }), (thrown: { data?: object }) => {
    assert.deepEqual(
      { ...thrown.data, response_metadata: undefined, provided: undefined },
      {
        ok: false,
        error: 'missing_scope',
        needed: 'chat:write',
        response_metadata: undefined,
        provided: undefined,
      },
    );
    return true;
  });
});

test('blocks, text and metadata over their limits are refused', async (t) => {
  const { ops, client } = await stage(t, { limits: false });
  const section = (length: number) => ({
    type: 'section' as const,
    text: { type: 'mrkdwn' as const, text: 'x'.repeat(length) },
  });
  const post = (more: object) => client.chat.postMessage({ channel: ops, text: 'x', ...more });
  await post({ blocks: [section(3_000)] });
  await refused(post({ blocks: [section(3_001)] }), 'invalid_blocks');
  await refused(post({ blocks: Array.from({ length: 51 }, () => ({ type: 'divider' })) }), 'invalid_blocks');
  const markdown = { type: 'markdown', text: 'x'.repeat(6_001) };
  await refused(post({ blocks: [markdown, markdown] }), 'msg_blocks_too_long');
  await refused(
    post({ metadata: { event_type: 'no spaces', event_payload: {} } }),
    'invalid_metadata_schema',
  );
  await refused(post({ text: '', blocks: [] }), 'no_text');
  const { ts = '' } = await post({ metadata: { event_type: 'deckhand_post', event_payload: { key: 'k1' } } });
  await refused(client.chat.update({ channel: ops, ts, text: 'x'.repeat(4_001) }), 'msg_too_long');
  const found = await client.conversations.replies({ channel: ops, ts, include_all_metadata: true });
  assert.equal(
    JSON.stringify(found.messages?.[0]?.metadata),
    '{"event_type":"deckhand_post","event_payload":{"key":"k1"}}',
  );
});

test('where the app may not post it is told why', async (t) => {
  const { twin, ops, client } = await stage(t, { limits: false });
  twin.workspace.channel('away', { withApp: false });
  const away = twin.workspace.channel('away').id;
  const secret = twin.workspace.channel('secret', { private: true, withApp: false }).id;
  const post = (channel: string) => client.chat.postMessage({ channel, text: 'hi' });
  await refused(post(away), 'not_in_channel');
  await refused(post(secret), 'channel_not_found');
  twin.workspace.archive('ops');
  await refused(post(ops), 'is_archived');
  twin.switches.revoked = true;
  await refused(post(away), 'token_revoked');
});

test('a stream ends five minutes after its start, and an update of a running one is refused', async (t) => {
  const { twin, ops, ana, client } = await stage(t, { limits: false });
  const thread = ana.say('ops', 'hello');
  const start = { channel: ops, thread_ts: thread.ts };
  await refused(client.apiCall('chat.startStream', start), 'missing_recipient_team_id');
  const recipient = { recipient_team_id: twin.workspace.teamId, recipient_user_id: ana.id };
  const { ts } = await client.chat.startStream({ ...start, ...recipient, markdown_text: 'a' });
  const stream = { channel: ops, ts: ts ?? '' };
  await client.chat.appendStream({ ...stream, markdown_text: 'b' });
  await refused(client.chat.update({ ...stream, text: 'c' }), 'streaming_state_conflict');
  assert.equal(twin.look.posts(thread)[0]?.text, 'ab');
  await twin.clock.advance(300_000);
  await refused(
    client.chat.appendStream({ ...stream, markdown_text: 'c' }),
    'message_not_in_streaming_state',
  );
  twin.switches.plan = 'free';
  await refused(client.chat.startStream({ ...start, ...recipient }), 'feature_not_enabled');
});

test('a response lost after the effect leaves the post there; one that never arrived does not', async (t) => {
  const { twin, ops, client } = await stage(t, { limits: false });
  twin.switches.spoil('chat.postMessage', 1, 'lost');
  twin.switches.spoil('chat.postMessage', 2, 'unreached');
  await assert.rejects(client.chat.postMessage({ channel: ops, text: 'one' }));
  await assert.rejects(client.chat.postMessage({ channel: ops, text: 'two' }));
  await client.chat.postMessage({ channel: ops, text: 'three' });
  assert.deepEqual(
    twin.look.posts('ops').map((post) => post.text),
    ['one', 'three'],
  );
  assert.deepEqual(
    twin.look.calls('chat.postMessage').map((call) => call.unanswered),
    [true, true, false],
  );
});

test('a file has its id before it is shared, and its bytes want the token', async (t) => {
  const { twin, ops, ana, client } = await stage(t);
  const thread = ana.say('ops', 'the log, please');
  const bytes = Buffer.from('line one');
  const { file_id = '', upload_url = '' } = await client.files.getUploadURLExternal({
    filename: 'out.log',
    length: bytes.length,
  });
  assert.equal((await fetch(upload_url, { method: 'POST', body: bytes })).status, 200);
  await client.files.completeUploadExternal({
    files: [{ id: file_id }],
    channel_id: ops,
    thread_ts: thread.ts,
  });
  await twin.clock.advance(0);
  assert.deepEqual(twin.look.posts(thread)[0]?.files, [file_id]);
  const { file } = await client.files.info({ file: file_id });
  const url = file?.url_private_download ?? '';
  const headers = { authorization: `Bearer ${twin.botToken}` };
  assert.equal(await (await fetch(url, { headers })).text(), 'line one');
  assert.match(await (await fetch(url)).text(), /Sign in/);
});

test('a status shows, fades after two minutes and goes with the reply', async (t) => {
  const { twin, ops, ana, client } = await stage(t);
  const thread = ana.say('ops', 'hello');
  const set = () =>
    client.assistant.threads.setStatus({ channel_id: ops, thread_ts: thread.ts, status: 'is thinking' });
  await set();
  assert.equal(twin.look.statusOf(thread), 'is thinking');
  await twin.clock.advance(120_000);
  assert.equal(twin.look.statusOf(thread), undefined);
  await set();
  await client.chat.postMessage({ channel: ops, thread_ts: thread.ts, text: 'hi' });
  assert.equal(twin.look.statusOf(thread), undefined);
});
