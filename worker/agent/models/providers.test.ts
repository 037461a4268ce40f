import assert from 'node:assert/strict';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { LLMock } from '@copilotkit/aimock';
import { Stage } from '../testing/stage.ts';
import { notInstalled } from './bridge.ts';
import { createModels, type ModelSettings } from './models.ts';

const key = 'sk-test-4f1c0ffee';

let mock: LLMock;
before(async () => {
  mock = new LLMock({ port: 0, strict: true, chunkSize: 8 });
  await mock.start();
});
after(() => mock.stop());

const usage = { prompt_tokens: 10, completion_tokens: 3, total_tokens: 13 };

interface Case {
  word: string;
  settings(url: string): ModelSettings;
  /** The setting that an administrator is told to check when the key is refused. */
  keySetting: string;
  /** Input and output tokens of the receipt. */
  used?: [number, number];
}

const cases: Case[] = [
  {
    word: 'azure:my-deployment',
    settings: (url) => ({ azure: { apiKey: key, baseUrl: `${url}/v1` } }),
    keySetting: 'AZURE_OPENAI_API_KEY',
  },
  {
    word: 'compatible:qwen3',
    settings: (url) => ({ compatible: { apiKey: key, baseUrl: `${url}/v1` } }),
    keySetting: 'COMPATIBLE_API_KEY',
  },
  {
    word: 'anthropic:claude-sonnet-4-5',
    settings: (url) => ({ anthropic: { apiKey: key, baseUrl: `${url}/v1` } }),
    keySetting: 'ANTHROPIC_API_KEY',
  },
  {
    word: 'google:gemini-2.5-pro',
    settings: (url) => ({ google: { apiKey: key, baseUrl: `${url}/v1beta` } }),
    keySetting: 'GOOGLE_API_KEY',
  },
  {
    word: 'mistral:mistral-large-latest',
    settings: (url) => ({ mistral: { apiKey: key, baseUrl: `${url}/v1` } }),
    keySetting: 'MISTRAL_API_KEY',
    // Mistral always says what was used; the mock only where OpenAI's `stream_options` ask for it.
    used: [0, 0],
  },
  {
    word: 'bedrock:anthropic.claude-sonnet-4-5-v1:0',
    settings: (url) => ({ bedrock: { apiKey: key, baseUrl: url, region: 'eu-central-1' } }),
    keySetting: 'BEDROCK_API_KEY',
  },
];

for (const { word, settings, keySetting, used = [10, 3] } of cases) {
  const [provider = ''] = word.split(':');
  const name = word.slice(provider.length + 1);
  const stage = (template?: string) => {
    const models = createModels({ ...settings(mock.url), order: [word] });
    return new Stage({ text: 'check the disk', models, template });
  };

  test(`${provider}: a tool is called, its result goes back, the answer is streamed and counted`, async () => {
    mock
      .clearFixtures()
      .on(
        { turnIndex: 0 },
        { reasoning: 'Look first.', toolCalls: [{ name: 'exec_command', arguments: { cmd: 'df' } }], usage },
      )
      .on({ turnIndex: 1 }, { content: 'The disk is full to the brim, clean it.', usage });
    const turn = stage('format: 1\nmodel: {effort: high}');
    assert.equal(await turn.answer(), 'The disk is full to the brim, clean it.');
    assert.deepEqual(turn.sandbox.started, ['df']);
    const pieces = turn.signals.flatMap((signal) => (signal.kind === 'answer' ? [signal.text] : []));
    assert.equal(pieces.join(''), 'The disk is full to the brim, clean it.');
    const receipt = turn.log.receipt('model:1')?.result as { model: unknown; usage: Record<string, number> };
    assert.deepEqual(receipt.model, {
      provider,
      name,
      api: { azure: 'responses', compatible: 'chat' }[provider] ?? 'ai-sdk',
    });
    assert.deepEqual([receipt.usage.inputTokens, receipt.usage.outputTokens], used);
    const { body, path } = mock.getLastRequest() ?? {};
    assert.match(JSON.stringify([body, path]), new RegExp(name.split(':')[0] ?? ''));
    assert.match(JSON.stringify(body), /ran df/);
    assert.doesNotMatch(JSON.stringify([...turn.log.entries.values()]), /4f1c0ffee/);
  });

  test(`${provider}: a refused key is told in words that name its setting`, async () => {
    mock.clearFixtures().on({ turnIndex: 0 }, { content: 'never' });
    mock.nextRequestError(401, { message: `bad key ${key}`, type: 'authentication_error' });
    await assert.rejects(stage().run(), (error: Error & { code?: string }) => {
      assert.equal(error.code, 'model.unauthorised');
      assert.match(error.message, new RegExp(keySetting));
      assert.doesNotMatch(error.message, /sk-test|127\.0\.0\.1/);
      return true;
    });
  });

  test(`${provider}: a fault that passes is tried again inside of the effect`, async () => {
    mock.clearFixtures().on({ turnIndex: 0 }, { content: 'Second try.' });
    mock.nextRequestError(503, { message: 'overloaded' });
    const turn = stage();
    assert.equal(await turn.answer(), 'Second try.');
    assert.equal(turn.log.performed.get('model:0'), 1);
  });
}

/** What a provider is really sent: method, headers and body of its first request, which it refuses. */
async function firstRequest(order: string, settings: (url: string) => ModelSettings) {
  const seen = Promise.withResolvers<{ headers: IncomingHttpHeaders; body: Record<string, unknown> }>();
  const server = createServer(async (request, response) => {
    seen.resolve({ headers: request.headers, body: JSON.parse(await text(request)) });
    response.writeHead(400).end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const models = createModels({ ...settings(`http://127.0.0.1:${port}`), order: [order] });
  await assert.rejects(new Stage({ models, template: 'format: 1\nmodel: {effort: low}' }).run());
  server.close();
  return seen.promise;
}

test('OpenAI Responses stores nothing and gives thoughts back encrypted; Azure takes its key in its own header', async () => {
  const openai = await firstRequest('openai:gpt-5.1', (url) => ({
    openai: { apiKey: key, baseUrl: `${url}/v1`, model: 'x', api: 'responses' },
  }));
  const azure = await firstRequest('azure:mine', (url) => ({
    azure: { apiKey: key, baseUrl: `${url}/openai/v1` },
  }));
  for (const { body } of [openai, azure]) {
    assert.equal(body.store, false);
    assert.deepEqual(body.include, ['reasoning.encrypted_content']);
    assert.deepEqual(body.reasoning, { effort: 'low' });
    assert.equal(body.previous_response_id, undefined);
  }
  assert.equal(openai.headers.authorization, `Bearer ${key}`);
  assert.equal(azure.headers['api-key'], key);
  assert.equal(azure.headers.authorization, undefined);
});

test('a server that is merely compatible is sent nothing that only OpenAI knows', async () => {
  const { body } = await firstRequest('compatible:x', (url) => ({
    compatible: { apiKey: key, baseUrl: `${url}/v1` },
  }));
  assert.equal(body.reasoning_effort, 'low');
  for (const word of ['store', 'include']) assert.equal(word in body, false);
});

test('a package that is not installed is named, with the command that brings it', () => {
  const cause = Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' });
  const { message } = notInstalled('anthropic', cause) as Error;
  assert.match(message, /Anthropic needs two optional packages/);
  assert.match(message, /npm install @openai\/agents-extensions@[\d.]+ @ai-sdk\/anthropic@[\d.]+$/);
  const other = new Error('something else');
  assert.equal(notInstalled('anthropic', other), other);
});
