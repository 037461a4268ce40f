import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StreamEvent } from '#bots/cli/read-events.ts';
import { readStream } from './testing/read-stream.ts';
import { openStage } from './testing/stage.ts';

const isAnswerTo = (text: string) => (event: StreamEvent) =>
  event.event === 'message' &&
  event.data.content.kind === 'answer' &&
  event.data.content.blocks[0].text === `You said: ${text}`;

test('a reader of a thread that breaks off anywhere and resumes sees each change once, in order', async (t) => {
  const stage = await openStage(t);
  const { body } = await stage.call('POST', '/v1/threads', { text: 'message 0' });
  const path = `/v1/threads/${body.thread}`;
  const seen: StreamEvent[] = [];
  let lastId: string | undefined;
  for (let round = 1; round <= 6; round += 1) {
    await stage.call('POST', `${path}/messages`, { text: `message ${round}` });
    const reader = readStream(t, `${stage.url}${path}/stream`, stage.key, lastId);
    // Off after a number of events that differs each time: in the middle of one answer, between two.
    let left = 1 + (round % 3);
    await reader.until(({ event }) => event === 'message' && --left <= 0);
    reader.close();
    const messages = reader.events.filter(({ event }) => event === 'message');
    lastId = messages.at(-1)?.id ?? lastId;
    seen.push(...messages);
  }
  const last = readStream(t, `${stage.url}${path}/stream`, stage.key, lastId);
  if (!seen.some(isAnswerTo('message 6'))) await last.until(isAnswerTo('message 6'));
  seen.push(...last.events.filter(({ event }) => event === 'message'));

  const changes = seen.map(({ id }) => Number(id));
  assert.deepEqual(
    changes,
    [...new Set(changes)].sort((a, b) => a - b),
  );
  for (let round = 0; round <= 6; round += 1) {
    assert.equal(seen.filter(isAnswerTo(`message ${round}`)).length, 1, `answer ${round} came once`);
  }
});

test("a session's stream backfills its log and goes on live, without gap or repetition", async (t) => {
  const stage = await openStage(t);
  const { body } = await stage.call('POST', '/v1/threads', { text: '$ uname' });
  const { sessionId } = body.message.content.outcome;
  const first = readStream(t, `${stage.url}/v1/sessions/${sessionId}/stream`, stage.key);
  const started = await first.until(({ data }) => data.type === 'turn.started');
  first.close();
  const second = readStream(t, `${stage.url}/v1/sessions/${sessionId}/stream`, stage.key, started.id ?? '');
  await second.until(({ data }) => data.type === 'turn.finished');
  const seqs = [...first.events, ...second.events].map(({ data }) => data.seq);
  assert.deepEqual(
    seqs,
    seqs.map((_, index) => index + 1),
  );
  const { body: page } = await stage.call('GET', `/v1/sessions/${sessionId}/events?after=1&limit=2`);
  assert.deepEqual(
    page.events.map(({ seq }: { seq: number }) => seq),
    [2, 3],
  );
});

test('words of an answer come before its post', async (t) => {
  const stage = await openStage(t);
  const { body } = await stage.call('POST', '/v1/threads', { text: 'hello' });
  const path = `/v1/threads/${body.thread}`;
  const reader = readStream(t, `${stage.url}${path}/stream`, stage.key);
  await reader.until(isAnswerTo('hello'));
  await stage.call('POST', `${path}/messages`, { text: 'say one two three' });
  await reader.until(
    ({ event, data }) => event === 'message' && data.content.blocks?.[0].text === 'one two three',
  );
  const words = reader.events.filter(({ event }) => event === 'answer').map(({ data }) => data.text);
  assert.equal(words.join(''), 'one two three');
});

test('a stopped server lets its readers go at once', async (t) => {
  const stage = await openStage(t);
  const { body } = await stage.call('POST', '/v1/threads', { text: 'hello' });
  const reader = readStream(t, `${stage.url}/v1/threads/${body.thread}/stream`, stage.key);
  await reader.until(({ event }) => event === 'message');
  const comeBack = await stage.goAway();
  await assert.rejects(() => reader.until(() => false));
  await comeBack();
});
