import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { LLMock } from '@copilotkit/aimock';
import { Stage } from '../testing/stage.ts';
import { createModels } from './models.ts';

const key = 'sk-test-4f1c0ffee';

for (const api of ['responses', 'chat'] as const) {
  let mock: LLMock;
  before(async () => {
    mock = new LLMock({ port: 0, strict: true, chunkSize: 8 });
    await mock.start();
  });
  after(() => mock.stop());

  const stage = (text: string) => {
    const models = createModels({
      openai: { apiKey: key, baseUrl: `${mock.url}/v1`, model: 'gpt-test', api },
    });
    return new Stage({ text, models });
  };

  test(`${api}: an answer is streamed in pieces that make up the whole`, async () => {
    const words = 'Three backups failed last night: db-2, db-5 and files-1. The disk of db-5 is full.';
    mock.clearFixtures().on({ userMessage: 'backups' }, { content: words });
    const turn = stage('check the backups');
    assert.equal(await turn.answer(), words);
    const pieces = turn.signals.flatMap((signal) => (signal.kind === 'answer' ? [signal.text] : []));
    assert.equal(pieces.join(''), words);
  });

  test(`${api}: parallel tool calls run, and their results go back under their ids`, async () => {
    mock
      .clearFixtures()
      .on(
        { turnIndex: 0 },
        {
          toolCalls: [
            { id: 'call_x', name: 'exec_command', arguments: { cmd: 'one' } },
            { id: 'call_y', name: 'exec_command', arguments: { cmd: 'two' } },
          ],
        },
      )
      .on({ turnIndex: 1 }, { content: 'Both are done.' });
    const turn = stage('run both');
    assert.equal(await turn.answer(), 'Both are done.');
    assert.deepEqual(turn.sandbox.started.sort(), ['one', 'two']);
    const last = JSON.stringify(mock.getLastRequest()?.body);
    for (const word of ['call_x', 'call_y', 'ran one', 'ran two']) assert.match(last, new RegExp(word));
  });

  test(`${api}: a dangerous command of a real model asks first`, async () => {
    mock
      .clearFixtures()
      .on(
        { turnIndex: 0 },
        { toolCalls: [{ id: 'call_x', name: 'exec_command', arguments: { cmd: 'rm -rf /' } }] },
      )
      .on({ turnIndex: 1 }, { content: 'Ana denied it.' });
    const turn = stage('clean up');
    const waiting = await turn.run();
    assert.match(
      waiting.kind === 'waiting' ? (waiting.asks[0]?.request.title ?? '') : '',
      /delete everything/,
    );
    turn.decisions.set('call_x', { granted: false, by: 'Ana' });
    assert.equal(await turn.answer(), 'Ana denied it.');
    assert.deepEqual(turn.sandbox.started, []);
  });

  test(`${api}: instructions and tools are sent with every request, the key in no journal`, async () => {
    mock.clearFixtures().on({ turnIndex: 0 }, { content: 'Hello.' });
    const turn = stage('hello');
    await turn.answer();
    const sent = JSON.stringify(mock.getLastRequest()?.body);
    for (const word of ['You are Deckhand', 'exec_command', 'update_plan', 'gpt-test'])
      assert.match(sent, new RegExp(word));
    assert.doesNotMatch(JSON.stringify([...turn.log.entries.values()]), /4f1c0ffee/);
  });

  test(`${api}: what passes is tried again, and what the first try had said is void`, async () => {
    mock.clearFixtures().on({ turnIndex: 0 }, { content: 'Second try.' });
    mock.nextRequestError(503, { message: 'overloaded' });
    const turn = stage('hello');
    assert.equal(await turn.answer(), 'Second try.');
    assert.equal(turn.log.performed.get('model:0'), 1);
  });
}

test('without a key the demo model answers, and says so', async () => {
  assert.deepEqual(createModels({}).order, [{ provider: 'demo', name: 'demo', api: 'none' }]);
});

test('a turn that was started with a model which is gone is told so', () => {
  assert.throws(() => createModels({}).provider({ provider: 'openai', name: 'gpt-test', api: 'chat' }), {
    code: 'model.unknown',
  });
});
