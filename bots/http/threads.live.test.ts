import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readStream } from './testing/read-stream.ts';
import { call, openStage } from './testing/stage.ts';

test('a message in a new thread becomes a turn, and its answer stands in the thread', async (t) => {
  const stage = await openStage(t);
  const posted = await stage.call('POST', '/v1/threads', { text: '$ uname -a' });
  assert.equal(posted.status, 200);
  assert.equal(posted.body.message.content.outcome.kind, 'accepted');
  const path = `/v1/threads/${posted.body.thread}`;
  const answer = await readStream(t, `${stage.url}${path}/stream`, stage.key).until(
    ({ event, data }) => event === 'message' && data.content.kind === 'answer',
  );
  const blocks = answer.data.content.blocks;
  assert.match(blocks[0].text, /Linux deckhand/);
  assert.match(blocks[1].line, /^⚓ 1 command · nothing left the network · no secrets · /);
  const thread = await stage.call('GET', path);
  assert.equal(thread.body.messages.length, 2);
  const listed = await stage.call('GET', '/v1/threads');
  assert.deepEqual(
    listed.body.threads.map(({ id }: { id: string }) => id),
    [posted.body.thread],
  );
});

test('I1: the same message sent twice under one key is one message and one turn', async (t) => {
  const stage = await openStage(t);
  const key = { 'idempotency-key': crypto.randomUUID() };
  const answers = await Promise.all(
    [1, 2, 3].map(() => stage.call('POST', '/v1/threads', { text: 'hello' }, key)),
  );
  assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
  assert.equal(new Set(answers.map(({ body }) => body.message.id)).size, 1);
  assert.equal(new Set(answers.map(({ body }) => body.message.content.outcome.turnId)).size, 1);
  assert.equal(await stage.core.database.prisma.turn.count(), 1);
});

test('I1: a message with a file that is sent again under its key is answered as the first time', async (t) => {
  const stage = await openStage(t);
  const file = await stage.call('POST', '/v1/files?name=a.txt', 'content');
  const message = { text: 'read it', files: [file.body.id] };
  const key = { 'idempotency-key': crypto.randomUUID() };
  const first = await stage.call('POST', '/v1/threads', message, key);
  const again = await stage.call('POST', '/v1/threads', message, key);
  assert.deepEqual([first.status, again.status], [200, 200]);
  assert.equal(again.body.message.id, first.body.message.id);
  assert.equal(await stage.core.database.prisma.turn.count(), 1);
});

test('I7: a question is answered once, by the button of its own revision, and its card says by whom', async (t) => {
  const stage = await openStage(t);
  const posted = await stage.call('POST', '/v1/threads', { text: 'careful $ echo hi' });
  const stream = readStream(t, `${stage.url}/v1/threads/${posted.body.thread}/stream`, stage.key);
  const card = await stream.until(({ data }) => data.content?.kind === 'approval');
  const { approvalId, revision } = card.data.content.blocks[0];
  const path = `/v1/approvals/${approvalId}/decide`;

  const old = await stage.call('POST', path, { grant: true, revision: revision + 1 });
  assert.equal(old.status, 409);
  const { key } = await stage.addPerson('mia', 'member');
  const stranger = await call(
    stage.url,
    'POST',
    path,
    { grant: true, revision },
    { authorization: `Bearer ${key}` },
  );
  assert.deepEqual([stranger.status, stranger.body.code], [403, 'approval.not_yours']);
  const first = await stage.call('POST', path, { grant: true, revision });
  assert.equal(first.body.state, 'granted');
  const second = await stage.call('POST', path, { grant: false, revision });
  assert.equal(second.status, 409);
  assert.match(second.body.detail, /already granted by Owner/);

  const answer = await stream.until(({ data }) => data.content?.kind === 'answer');
  assert.match(answer.data.content.blocks[0].text, /with your permission/);
  const thread = await stage.call('GET', `/v1/threads/${posted.body.thread}`);
  const settled = thread.body.messages.find(
    (message: { content: { kind: string } }) => message.content.kind === 'approval',
  );
  assert.equal(settled.content.blocks[0].outcome.text, '✅ Owner allowed this once');
});

test('a running turn stops when asked, and nothing appears after it', async (t) => {
  const stage = await openStage(t);
  const posted = await stage.call('POST', '/v1/threads', { text: 'slow' });
  const stream = readStream(t, `${stage.url}/v1/threads/${posted.body.thread}/stream`, stage.key);
  await stream.until(({ event, data }) => event === 'status' && data.turn?.state === 'running');
  const { turnId } = posted.body.message.content.outcome;
  assert.equal((await stage.call('POST', `/v1/turns/${turnId}/stop`, {})).body.state, 'stopping');
  const answer = await stream.until(({ data }) => data.content?.kind === 'answer');
  assert.equal(answer.data.content.blocks[0].text, 'Stopped by Owner');
  assert.equal((await stage.call('POST', `/v1/turns/${turnId}/stop`, {})).status, 409);
});

test('I7: a queued message of one’s own is told to what runs; what others asked for cannot be steered', async (t) => {
  const stage = await openStage(t);
  const posted = await stage.call('POST', '/v1/threads', { text: 'slow' });
  const { thread } = posted.body;
  const stream = readStream(t, `${stage.url}/v1/threads/${thread}/stream`, stage.key);
  await stream.until(({ event, data }) => event === 'status' && data.turn?.state === 'running');
  const queued = await stage.call('POST', `/v1/threads/${thread}/messages`, { text: 'use staging' });
  const { turnId } = queued.body.message.content.outcome;
  const ben = await stage.addPerson('Ben', 'member');
  const authorization = { authorization: `Bearer ${ben.key}` };
  const refused = await stage.call('POST', `/v1/turns/${turnId}/steer`, {}, authorization);
  assert.equal(refused.status, 403);
  assert.match(refused.body.detail, /Only Owner/);
  const running = posted.body.message.content.outcome.turnId;
  const steered = await stage.call('POST', `/v1/turns/${turnId}/steer`, {});
  assert.deepEqual([steered.status, steered.body], [200, { into: running, waits: false }]);
  assert.equal((await stage.call('POST', `/v1/turns/${running}/steer`, {})).status, 409);
  const { steering } = (await stage.call('GET', `/v1/turns/${turnId}`)).body;
  assert.deepEqual(steering, { into: running, told: false });
});

test('a message over the limit is refused with its size, and leaves no trace', async (t) => {
  const stage = await openStage(t);
  const refused = await stage.call('POST', '/v1/threads', { text: 'x'.repeat(70_000) });
  assert.equal(refused.status, 413);
  assert.equal(refused.body.code, 'message.too_long');
  const huge = await stage.call('POST', '/v1/threads', { text: 'x'.repeat(600_000) });
  assert.equal(huge.status, 413);
  assert.equal((await stage.call('POST', '/v1/threads', { text: '  ' })).status, 422);
  assert.equal(await stage.core.database.prisma.consoleMessage.count(), 0);
});

test('I1: what a process kept and did not live to hand in is handed in by the next, once', async (t) => {
  const stage = await openStage(t, { worker: false });
  const content = {
    type: 'said',
    author: { userId: stage.owner.userId, name: 'Owner' },
    text: 'lost?',
    files: [],
    outcome: null,
  };
  await stage.core.database.prisma.consoleMessage.create({
    data: {
      id: 'msg_lost',
      threadId: 'thr_lost',
      authorId: stage.owner.userId,
      key: 'said:lost',
      content: JSON.stringify(content),
    },
  });
  const later = new Date(Date.now() + 60_000);
  assert.equal(await stage.inbound.redeliver(later), 1);
  assert.equal(await stage.inbound.redeliver(later), 0);
  const turn = await stage.core.turns.byMessage('console', 'msg_lost');
  assert.equal(turn?.text, 'lost?');
  assert.equal(turn?.authorId, stage.owner.userId);
});
