import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { LLMock } from '@copilotkit/aimock';
import { rawServer } from '../testing/raw-server.ts';
import { say, scriptedModel } from '../testing/scripted-model.ts';
import { Stage } from '../testing/stage.ts';
import { createModels } from './models.ts';

const key = 'sk-test-4f1c0ffee';
const order = ['openai:gpt-5.1', 'anthropic:claude-sonnet-4-5'];

let first: LLMock;
let second: LLMock;
before(async () => {
  first = new LLMock({ port: 0, strict: true });
  second = new LLMock({ port: 0, strict: true });
  await Promise.all([first.start(), second.start()]);
});
after(() => Promise.all([first.stop(), second.stop()]));

function stage(text = 'check', words = order) {
  const openai = { apiKey: key, baseUrl: `${first.url}/v1`, model: 'gpt-5.1', api: 'responses' as const };
  const anthropic = { apiKey: key, baseUrl: `${second.url}/v1` };
  const models = createModels({ openai, anthropic, order: words });
  return new Stage({ models, text, template: 'format: 1\nmodel: {effort: high}' });
}

test('the next model goes on in the middle of a tool loop, without the thoughts of the one before', async () => {
  first
    .clearFixtures()
    .on(
      { turnIndex: 0 },
      { reasoning: 'Sealed thoughts.', toolCalls: [{ name: 'exec_command', arguments: { cmd: 'df' } }] },
    );
  second.clearFixtures().on({ turnIndex: 1 }, { content: 'Full.' });
  const turn = stage();
  first.on({ turnIndex: 1 }, { error: { message: 'no credit', code: 'insufficient_quota' }, status: 429 });
  assert.equal(await turn.answer(), 'Full.');
  const receipts = ['model:0', 'model:1'].map(
    (it) => turn.log.receipt(it)?.result as { model: { name: string } },
  );
  assert.deepEqual(
    receipts.map(({ model }) => model.name),
    ['gpt-5.1', 'claude-sonnet-4-5'],
  );
  const sent = JSON.stringify(second.getLastRequest()?.body);
  assert.match(sent, /ran df/);
  assert.doesNotMatch(sent, /Sealed thoughts|encrypted/);
  assert.equal(turn.log.performed.get('model:1'), 1, 'all of it is one effect');
  const asked = second.getRequests().length + first.getRequests().length;
  assert.equal(await turn.answer({ replay: true }), 'Full.');
  assert.equal(second.getRequests().length + first.getRequests().length, asked, 'a second run asks nobody');
});

test('when no model answers, each says why', async () => {
  first.clearFixtures();
  second.clearFixtures();
  first.nextRequestError(401, { message: 'no' });
  second.nextRequestError(401, { message: 'no', type: 'authentication_error' });
  await assert.rejects(stage().run(), {
    code: 'model.unauthorised',
    message: /OPENAI_API_KEY[\s\S]*did not answer either[\s\S]*ANTHROPIC_API_KEY/,
  });
});

test('where another model follows, nobody waits long for a busy one', async () => {
  const server = await rawServer((response) => {
    response.writeHead(429, { 'retry-after': '20', 'content-type': 'application/json' });
    response.end('{}');
  });
  second.clearFixtures().on({ turnIndex: 0 }, { content: 'Here.' });
  const openai = { apiKey: key, baseUrl: server.baseUrl, model: 'x', api: 'chat' as const };
  const anthropic = { apiKey: key, baseUrl: `${second.url}/v1` };
  const models = createModels({ openai, anthropic, order: ['openai:x', 'anthropic:y'] });
  const began = Date.now();
  try {
    assert.equal(await new Stage({ models }).answer(), 'Here.');
    assert.ok(Date.now() - began < 10_000);
    assert.equal(server.requests, 1);
  } finally {
    await server.close();
  }
});

test('a template chooses among the models that are set up; one that names none of them says what there is', async () => {
  const models = createModels({ openai: { apiKey: key, model: 'gpt-5.1', api: 'responses' } });
  assert.deepEqual(models.choose(['anthropic:x', 'openai:o9']), [
    { provider: 'openai', name: 'o9', api: 'responses' },
  ]);
  assert.throws(() => models.choose(['anthropic:x']), {
    code: 'model.not_set_up',
    message: /anthropic:x.*providers demo, openai/s,
  });
  assert.throws(() => createModels({ order: ['nobody:x'] }), { code: 'config.invalid' });
});

test("a turn ends at its template's tokens and cost, and a cost nobody can count is refused before it is made", async () => {
  const calls = Array.from({ length: 4 }, (_, n) => [
    {
      type: 'function_call' as const,
      callId: `call_${n}`,
      name: 'exec_command',
      arguments: JSON.stringify({ cmd: `step ${n}` }),
      status: 'completed' as const,
    },
  ]);
  const run = (template: string, price: number | null) => {
    const model = scriptedModel([...calls, [say('Done.')]]);
    const prices = () => (price === null ? null : { input: price, cachedInput: 0, output: price });
    const turn = new Stage({ model, template: `format: 1\n${template}`, start: { prices } });
    return { turn, model };
  };
  // Each scripted call uses 12 tokens.
  const tokens = run('limits: {tokens: 20}', null);
  await assert.rejects(tokens.turn.run(), { code: 'turn.too_many_tokens', message: /20 tokens/ });
  assert.equal(tokens.model.requests.length, 2);
  const dear = run('limits: {cost: 0.00003}', 1);
  await assert.rejects(dear.turn.run(), { code: 'turn.too_dear', message: /\$0\.00003/ });
  assert.equal(dear.model.requests.length, 3);
  const unknown = run('limits: {cost: 5}', null);
  await assert.rejects(unknown.turn.run(), { code: 'model.no_price', message: /test:test/ });
  assert.equal(unknown.model.requests.length, 0);
  assert.equal(await run('limits: {tokens: 1000, cost: 5}', 1).turn.answer(), 'Done.');
});
