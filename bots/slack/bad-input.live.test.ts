import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answers, isAnswer, settled, turnCount } from '#core/testing/chat-contract/watch.ts';
import { lastFirst } from '#core/testing/last-first.ts';
import { signatureOf } from './testing/events/http-requests.ts';
import { openSlackStage } from './testing/stage.ts';

test('I10: 40,000 characters, the most that Slack carries, come whole and go back whole', async (t) => {
  const stage = await openSlackStage(lastFirst(t), 'socket');
  const ana = await stage.person('ana');
  const lines = Array.from({ length: 1_600 }, (_, n) => `line ${String(n).padStart(4, '0')} of the log.`);
  const text = `say ${lines.join('\n')}`.slice(0, 39_980);
  const asked = await ana.mention(text);
  await answers(stage, asked, 1);
  await settled(stage);
  const { rows } = await stage.core.database.pool.query<{ text: string }>('SELECT text FROM turn');
  assert.deepEqual(
    rows.map((turn) => turn.text),
    [text],
  );
  const posts = await stage.posts(asked);
  assert.equal(posts.flatMap(({ files }) => files).length, 1, 'the whole of it is one file');
  const [file] = [...stage.twin.look.posts({ channel: channelOf(asked.thread), ts: rootOf(asked.thread) })]
    .flatMap((post) => post.files)
    .map((id) => stage.twin.look.fileText(id));
  assert.ok(file?.includes(text.slice('say '.length)));
  assert.equal(posts.filter(isAnswer).length, 1);
});

test('I2: a request that is replayed within the five minutes is no second turn', async (t) => {
  const stage = await openSlackStage(lastFirst(t), 'http');
  const { twin } = stage;
  const ana = await stage.person('ana');
  const asked = await ana.mention('say once');
  await answers(stage, asked, 1);
  await settled(stage);
  for (const { envelope } of twin.events.attempts.slice()) {
    const body = JSON.stringify(envelope.payload);
    const signed = signatureOf(body, { secret: twin.signingSecret });
    const headers = { 'content-type': 'application/json', ...signed };
    assert.equal((await fetch(stage.url ?? '', { method: 'POST', body, headers })).status, 200);
  }
  await settled(stage);
  assert.equal(await turnCount(stage), 1);
  assert.equal((await stage.posts(asked)).filter(isAnswer).length, 1);
});

test('a mention where we are not a member reaches nobody, and once we are invited we answer', async (t) => {
  const stage = await openSlackStage(lastFirst(t), 'socket');
  const { twin } = stage;
  const ana = stage.twinPerson('ana');
  const { id } = twin.workspace.channel('elsewhere', { withApp: false });
  ana.say(id, '@deckhand say too early');
  ana.invite('elsewhere');
  const asked = stage.placeOf(ana.mention(id, 'say in time'));
  await answers(stage, asked, 1);
  await settled(stage);
  assert.equal(await turnCount(stage), 1);
});

test('I2: forged, old and unsigned requests are turned away', async (t) => {
  const stage = await openSlackStage(lastFirst(t), 'http');
  const body = JSON.stringify({ type: 'url_verification', challenge: 'x' });
  const send = (headers: Record<string, string>) =>
    fetch(stage.url ?? '', {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', ...headers },
    });
  const secret = stage.twin.signingSecret;
  const now = Math.floor(Date.now() / 1000);
  assert.equal((await send({ ...signatureOf(body, { secret }) })).status, 200);
  assert.equal((await send({})).status, 401);
  assert.equal((await send({ ...signatureOf(body, { secret: 'wrong' }) })).status, 401);
  assert.equal((await send({ ...signatureOf(body, { secret, atSec: now - 301 }) })).status, 401);
  assert.equal((await send({ ...signatureOf(`${body} `, { secret }) })).status, 401);
});

const channelOf = (thread: string): string => thread.split('/')[0] ?? '';
const rootOf = (thread: string): string => thread.split('/')[1] ?? '';
