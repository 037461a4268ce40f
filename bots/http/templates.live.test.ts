import assert from 'node:assert/strict';
import { test } from 'node:test';
import { printOfReach } from '#core/mcp/pin.ts';
import { call, openStage } from './testing/stage.ts';

test('templates are listed, saved in versions, put together, and refused with line and fix', async (t) => {
  const stage = await openStage(t, { worker: false });
  const listed = await stage.call('GET', '/v1/templates');
  assert.deepEqual(
    listed.body.templates.map(({ name }: { name: string }) => name),
    ['assistant', 'infra', 'research'],
  );
  const bad = await stage.call('PUT', '/v1/templates/infra', {
    layer: 'workspace',
    text: 'format: 1\nlimit: 3',
  });
  assert.equal(bad.status, 422);
  assert.match(bad.body.detail, /line 2: limit is not a word that templates know/);

  const text = 'format: 1\ninstructions: Ask Ben.\nlimits: {steps: 900}';
  const saved = await stage.call('PUT', '/v1/templates/infra', { layer: 'workspace', text });
  assert.deepEqual(saved.body, {
    version: 1,
    notes: ['workspace: limits.steps 900 has no effect, 200 is set above it'],
  });
  const one = await stage.call('GET', '/v1/templates/infra');
  assert.equal(one.body.template.instructions.at(-1).text, 'Ask Ben.');
  assert.equal(one.body.template.limits.steps, 200);
  const versions = await stage.call('GET', '/v1/templates/infra/versions?layer=workspace');
  assert.deepEqual(versions.body.versions[0].text, text);
  assert.equal('ownerId' in versions.body.versions[0], false);
  assert.equal((await stage.call('GET', '/v1/templates/nothing')).status, 404);
  assert.equal((await stage.call('POST', '/v1/templates/check', { text })).status, 200);
});

test('a member writes only their own layer; nobody sees what another wrote for themselves', async (t) => {
  const stage = await openStage(t, { worker: false });
  const ben = await stage.addPerson('ben', 'member');
  const as = (method: string, path: string, body?: unknown) =>
    call(stage.url, method, path, body, { authorization: `Bearer ${ben.key}` });
  const text = 'format: 1\ninstructions: Be brief with me.';
  for (const layer of ['system', 'workspace']) {
    const refused = await as('PUT', '/v1/templates/assistant', { layer, text });
    assert.equal(refused.status, 403);
    assert.match(refused.body.detail, /Save it as your own/);
  }
  assert.equal((await as('PUT', '/v1/templates/assistant', { layer: 'user', text })).status, 200);
  assert.equal((await as('PUT', '/v1/template-choices', { channel: null, template: 'infra' })).status, 403);
  assert.equal((await as('PUT', '/v1/prices', { provider: 'x', model: 'y', price: null })).status, 403);
  const told = async (get: typeof as) => JSON.stringify((await get('GET', '/v1/templates/assistant')).body);
  assert.match(await told(as), /Be brief with me/);
  assert.doesNotMatch(await told(stage.call), /Be brief with me/);
});

test("a thread's and a channel's template are chosen by name, an unknown one is refused", async (t) => {
  const stage = await openStage(t);
  assert.equal(
    (await stage.call('PUT', '/v1/template-choices', { channel: null, template: 'research' })).status,
    200,
  );
  assert.deepEqual((await stage.call('GET', '/v1/template-choices')).body.choices, [
    { channel: null, template: 'research' },
  ]);
  const thread = await stage.call('POST', '/v1/threads', { text: 'say hello' });
  const { sessionId } = thread.body.outcome ?? thread.body.message.content.outcome;
  const templateOf = async () => (await stage.call('GET', `/v1/sessions/${sessionId}`)).body.template;
  assert.equal(await templateOf(), 'research');
  const unknown = await stage.call('PUT', `/v1/sessions/${sessionId}/template`, { template: 'nothing' });
  assert.equal(unknown.status, 404);
  assert.match(unknown.body.detail, /There are: assistant, infra, research/);
  await stage.call('PUT', `/v1/sessions/${sessionId}/template`, { template: 'infra' });
  assert.equal(await templateOf(), 'infra');
});

test('what models used is counted once, at the prices of that moment; others see only their own', async (t) => {
  const stage = await openStage(t, { worker: false });
  const ben = await stage.addPerson('ben', 'member');
  const price = { input: 10, cachedInput: 1, output: 100 };
  await stage.call('PUT', '/v1/prices', { provider: 'openai', model: 'gpt-*', price });
  const entry = (turnId: string, userId: string, model: string) => ({
    turnId,
    key: 'model:0',
    sessionId: 'ses_1',
    userId,
    provider: 'openai',
    model,
    inputTokens: 1000,
    cachedInputTokens: 500,
    outputTokens: 100,
  });
  const mine = entry('trn_1', stage.owner.userId, 'gpt-5.1');
  await stage.core.usage.record([mine]);
  await stage.call('PUT', '/v1/prices', {
    provider: 'openai',
    model: 'gpt-*',
    price: { ...price, output: 9 },
  });
  await stage.core.usage.record([mine, entry('trn_2', ben.user.userId, 'o9')]);
  const span = `from=${new Date(Date.now() - 3_600_000).toISOString()}&to=${new Date(Date.now() + 3_600_000).toISOString()}`;
  const all = await stage.call('GET', `/v1/usage?by=model&${span}`);
  assert.deepEqual(all.body.usage, [
    {
      of: 'openai:gpt-5.1',
      calls: 1,
      inputTokens: 1000,
      cachedInputTokens: 500,
      outputTokens: 100,
      cost: 0.0155,
      unpriced: 0,
    },
    {
      of: 'openai:o9',
      calls: 1,
      inputTokens: 1000,
      cachedInputTokens: 500,
      outputTokens: 100,
      cost: 0,
      unpriced: 1,
    },
  ]);
  const own = await call(stage.url, 'GET', `/v1/usage?by=user&${span}`, undefined, {
    authorization: `Bearer ${ben.key}`,
  });
  assert.deepEqual(
    own.body.usage.map(({ of }: { of: string }) => of),
    [ben.user.userId],
  );
});

test('people say their zone, language and e-mail; what is none of these is refused with what would be right', async (t) => {
  const stage = await openStage(t, { worker: false });
  const told = await stage.call('PATCH', '/v1/me', { timeZone: 'Asia/Kolkata', language: 'hi' });
  assert.equal(told.body.timeZone, 'Asia/Kolkata');
  const { body } = await stage.call('PATCH', '/v1/me', { email: 'ana@example.com', language: null });
  assert.deepEqual([body.timeZone, body.language, body.email], ['Asia/Kolkata', null, 'ana@example.com']);
  for (const [field, wrong, right] of [
    ['timeZone', 'Mars/Base', /Europe\/Berlin/],
    ['language', 'deutsch bitte', /de or pt-BR/],
    ['email', 'ana', /ana@example\.com/],
  ] as const) {
    const refused = await stage.call('PATCH', '/v1/me', { [field]: wrong });
    assert.equal(refused.status, 400);
    assert.match(refused.body.detail, right);
  }
});

test('the tool servers of a template are listed with what was last seen of them by whoever asks', async (t) => {
  const stage = await openStage(t, { worker: false });
  const text = `format: 1
mcp:
  files: {command: serve-files, approval: never, approvals: {drop: ask}, tools: [read, drop]}
  tickets: {url: "https://tickets.test/mcp", secret: TICKETS}`;
  await stage.call('PUT', '/v1/templates/assistant', { layer: 'workspace', text });
  const list = async (call: typeof stage.call) =>
    (await call('GET', '/v1/templates/assistant/servers')).body.servers;
  assert.deepEqual(
    (await list(stage.call)).map(({ name, state }: { name: string; state: string }) => [name, state]),
    [
      ['files', 'unknown'],
      ['tickets', 'unknown'],
    ],
  );

  const { workspaceId, userId } = await stage.core.identities.localOwner();
  const tool = (name: string) => ({
    name,
    description: '',
    parameters: {},
    readOnly: false,
    idempotent: false,
    print: name,
  });
  const seen = { server: 'files', print: printOfReach({ kind: 'stdio', command: 'serve-files' }) };
  const tools = [tool('read'), tool('drop'), tool('other')];
  const viewer = { workspaceId, userId };
  await stage.core.mcpSightings.note(viewer, { ...seen, state: 'down', notes: ['gone'], tools: [] });
  await stage.core.mcpSightings.note(viewer, { ...seen, state: 'up', notes: ['one left out'], tools });
  const [files, tickets] = await list(stage.call);
  assert.equal(files.state, 'up');
  assert.deepEqual(files.notes, ['one left out']);
  assert.deepEqual(files.tools, [
    { name: 'read', standing: 'goes' },
    { name: 'drop', standing: 'asks' },
    { name: 'other', standing: 'out' },
  ]);
  assert.deepEqual([tickets.where, tickets.secret], ['https://tickets.test/mcp', 'TICKETS']);

  const ben = await stage.addPerson('ben', 'member');
  const asBen: typeof stage.call = (method, path, body) =>
    call(stage.url, method, path, body, { authorization: `Bearer ${ben.key}` });
  assert.equal((await list(asBen))[0].state, 'unknown', 'what another person saw is theirs');
});

test('a channel whose name is broken text is taken as it can be written', async (t) => {
  const stage = await openStage(t, { worker: false });
  const chosen = await stage.call('PUT', '/v1/template-choices', {
    channel: '\ud800',
    template: 'assistant',
  });
  assert.equal(chosen.status, 200);
  const { choices } = (await stage.call('GET', '/v1/template-choices')).body;
  assert.deepEqual(choices, [{ channel: '\ufffd', template: 'assistant' }]);
});
