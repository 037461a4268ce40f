import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { test } from 'node:test';
import { APIError } from 'openai';
import { DeckhandError } from '#core/errors.ts';
import { rawServer } from '../testing/raw-server.ts';
import { Stage } from '../testing/stage.ts';
import { askModel } from './ask.ts';
import { retryDelayMs } from './faults.ts';
import { createModels } from './models.ts';

const key = 'sk-secret-9b7e';

type Answer = (response: ServerResponse, nth: number) => void;

const failing =
  (status: number, body: unknown, headers: Record<string, string> = {}): Answer =>
  (response) => {
    // Short waits: a provider may ask for them in milliseconds.
    response.writeHead(status, { 'content-type': 'application/json', 'retry-after-ms': '5', ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };

const streaming =
  (...lines: string[]): Answer =>
  (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.end(lines.map((line) => `data: ${line}\n\n`).join(''));
  };

/** The error a turn ends with, and how often the provider was asked. */
async function endOf(api: 'responses' | 'chat', answer: Answer) {
  const server = await rawServer(answer);
  try {
    const models = createModels({ openai: { apiKey: key, baseUrl: server.baseUrl, model: 'gpt-test', api } });
    const stage = new Stage({ models });
    const error: unknown = await stage.run().then(
      () => assert.fail('the turn went well'),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof DeckhandError, `${error}`);
    assert.doesNotMatch(error.message, /sk-|127\.0\.0\.1/);
    assert.equal(stage.log.receipt('model:0')?.outcome, 'failed');
    // What the journal recorded is what a later run ends with.
    await assert.rejects(stage.run(), { code: error.code, message: error.message });
    return { code: error.code, message: error.message, requests: server.requests };
  } finally {
    await server.close();
  }
}

const cases: [what: string, answer: Answer, code: string, message: RegExp, requests: number][] = [
  ['a refused key', failing(401, { error: { message: `bad ${key}` } }), 'unauthorised', /OPENAI_API_KEY/, 1],
  ['too many requests', failing(429, { error: { message: 'slow down' } }), 'rate_limited', /429/, 4],
  ['no credit left', failing(429, { error: { code: 'insufficient_quota' } }), 'rate_limited', /credit/, 1],
  [
    'a wait longer than we wait',
    failing(429, {}, { 'retry-after-ms': '600000' }),
    'rate_limited',
    /the next 10 min/,
    1,
  ],
  ['a server error', failing(500, 'oops'), 'unavailable', /HTTP 500/, 4],
  ['a bad gateway', failing(502, '<html>'), 'unavailable', /HTTP 502/, 4],
  ['an unknown model', failing(404, { error: { code: 'model_not_found' } }), 'refused', /OPENAI_MODEL/, 1],
  ['a bad request', failing(400, { error: { message: 'no such field' } }), 'refused', /HTTP 400/, 1],
  [
    'a context that is too long',
    failing(400, { error: { code: 'context_length_exceeded', message: 'maximum context length' } }),
    'too_long',
    /too long/,
    1,
  ],
  ['rubbish in the stream', streaming('{"id": nonsense'), 'rubbish', /no model answer/, 1],
];

/** Answers that look well at first; no header says how long to wait. */
const broken: [what: string, answer: Answer, code: string, message: RegExp][] = [
  ['a page instead of an answer', failing(200, '<html>hello</html>'), 'rubbish', /OPENAI_BASE_URL|broke off/],
  ['an empty answer', streaming('[DONE]'), 'rubbish', /OPENAI_BASE_URL|broke off/],
  [
    'a connection that breaks in the middle',
    (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(': hello\n\n', () => response.destroy());
    },
    'unavailable',
    /broke in the middle/,
  ],
];

for (const api of ['responses', 'chat'] as const) {
  for (const [what, answer, code, message, requests] of cases) {
    test(`${api}: ${what} ends the turn in words that help`, async () => {
      const end = await endOf(api, answer);
      assert.equal(end.code, `model.${code}`);
      assert.match(end.message, message);
      assert.equal(end.requests, requests);
    });
  }

  for (const [what, answer, code, message] of broken) {
    test(`${api}: ${what} is told in words that help`, async () => {
      const server = await rawServer(answer);
      try {
        await assert.rejects(ask(server.baseUrl, { api }), { code: `model.${code}`, message });
        assert.ok(server.requests <= 4);
      } finally {
        await server.close();
      }
    });
  }
}

test('a provider says how long to wait in milliseconds, in seconds or as a time; else the wait doubles', () => {
  const told = (headers: Record<string, string>) =>
    retryDelayMs(APIError.generate(429, {}, 'slow down', new Headers(headers)), 500, 2);
  assert.equal(told({ 'retry-after-ms': '250', 'retry-after': '9' }), 250);
  assert.equal(told({ 'retry-after': '3' }), 3000);
  const inTenSeconds = new Date(Date.now() + 10_000).toUTCString();
  assert.ok(Math.abs(told({ 'retry-after': inTenSeconds }) - 9500) <= 1000);
  assert.equal(told({}), 1000);
  assert.equal(retryDelayMs(new Error('no answer'), 500, 3), 2000);
});

test('a provider that cannot be reached is told as such', async () => {
  const server = await rawServer(() => {});
  await server.close();
  await assert.rejects(ask(server.baseUrl), { code: 'model.unavailable', message: /OPENAI_BASE_URL/ });
});

test('a provider that falls silent is given up after a while', async () => {
  const server = await rawServer(
    (response) => void response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders(),
  );
  try {
    await assert.rejects(ask(server.baseUrl, { silenceMs: 100 }), { code: 'model.timeout' });
  } finally {
    await server.close();
  }
});

test('waiting for another try ends at once when the turn is stopped', async () => {
  const server = await rawServer(failing(503, '', { 'retry-after-ms': '25000' }));
  const stop = new AbortController();
  const reason = new DeckhandError('turn.cancelled', 'Stopped.');
  setTimeout(() => stop.abort(reason), 50);
  const began = Date.now();
  try {
    await assert.rejects(ask(server.baseUrl, { cancel: stop.signal }), (error) => error === reason);
    assert.ok(Date.now() - began < 5000);
  } finally {
    await server.close();
  }
});

interface Asked {
  api?: 'responses' | 'chat';
  cancel?: AbortSignal;
  silenceMs?: number;
}

/** One model call without an agent round it, with short waits. */
async function ask(baseUrl: string, { api = 'chat', cancel, silenceMs }: Asked = {}) {
  const models = createModels({ openai: { apiKey: key, baseUrl, model: 'gpt-test', api } });
  const request = {
    input: 'hello',
    modelSettings: {},
    tools: [],
    outputType: 'text' as const,
    handoffs: [],
    tracing: false,
  };
  return askModel(await models.provider(models.order[0]).open('gpt-test'), request, {
    cancel: cancel ?? new AbortController().signal,
    silenceMs,
    firstWaitMs: 5,
    onTry: () => {},
    onText: () => {},
  });
}
