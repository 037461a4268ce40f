import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { REST } from 'discord.js';
import { type DiscordTwin, startDiscordTwin } from './discord-twin.ts';
import { numbers } from './numbers.ts';
import { rules } from './refusals.ts';

interface Refused {
  status?: number;
  code?: number | string;
}

/** The twin, and discord.js's own REST client on it. */
async function open(t: TestContext): Promise<{ twin: DiscordTwin; rest: REST; ops: string }> {
  const twin = await startDiscordTwin();
  t.after(() => twin.stop());
  const rest = new REST({ api: twin.apiUrl, version: '10', retries: 0, rejectOnRateLimit: () => true });
  rest.setToken(twin.token);
  return { twin, rest, ops: twin.channel('ops').id };
}

async function refused(call: Promise<unknown>): Promise<Refused> {
  return call.then(
    () => ({}),
    (error: Refused) => ({ status: error.status, code: error.code }),
  );
}

const text = (content: string) => ({ type: 10, content });
const button = (custom_id: string, label = 'x') => ({ type: 2, style: 2, custom_id, label });
const v2 = { flags: 1 << 15 };

const invalid: [keyof typeof numbers | null, string, object][] = [
  ['contentCharacters', 'more than 2,000 characters', { content: 'x'.repeat(2001) }],
  ['nonceCharacters', 'a nonce of 26 characters', { content: 'x', nonce: 'n'.repeat(26) }],
  ['components', '41 components', { ...v2, components: Array.from({ length: 41 }, () => text('x')) }],
  [
    'rowButtons',
    'six buttons in a row',
    { content: 'x', components: [{ type: 1, components: '123456'.split('').map((id) => button(id)) }] },
  ],
  [
    'customIdCharacters',
    'a custom_id of 101 characters',
    { content: 'x', components: [{ type: 1, components: [button('c'.repeat(101))] }] },
  ],
  [
    'labelCharacters',
    'a label of 81 characters',
    { content: 'x', components: [{ type: 1, components: [button('c', 'l'.repeat(81))] }] },
  ],
  [
    'textDisplayCharacters',
    '4,001 characters in text displays',
    { ...v2, components: [text('x'.repeat(4001))] },
  ],
  [null, 'content beside components v2', { ...v2, content: 'x', components: [text('x')] }],
  [
    null,
    'the same custom_id twice',
    { content: 'x', components: [{ type: 1, components: [button('a'), button('a')] }] },
  ],
];

for (const [number, what, body] of invalid) {
  test(`the twin refuses ${what}${number ? `: "${numbers[number].says}"` : ''}`, async (t) => {
    const { rest, ops } = await open(t);
    assert.deepEqual(await refused(rest.post(`/channels/${ops}/messages`, { body })), {
      status: 400,
      code: 50035,
    });
  });
}

test('the twin gives the same message for a nonce that it enforces, for a few minutes', async (t) => {
  const { twin, rest, ops } = await open(t);
  const send = () =>
    rest.post(`/channels/${ops}/messages`, {
      body: { content: 'once', nonce: 'n', enforce_nonce: true },
    }) as Promise<{ id: string }>;
  const first = await send();
  assert.equal((await send()).id, first.id);
  twin.world.clock.advance(numbers.nonceMs.value + 1);
  assert.notEqual((await send()).id, first.id);
});

test('the twin starts one thread a message, with its id', async (t) => {
  const { twin, rest, ops } = await open(t);
  const { id } = twin.person('Ana').say(ops, 'hello');
  const begin = () => rest.post(`/channels/${ops}/messages/${id}/threads`, { body: { name: 'hello' } });
  assert.equal(((await begin()) as { id: string }).id, id);
  assert.equal((await refused(begin())).code, rules.threadExists.code);
});

test('the twin takes no edit of an old message or in an archived thread; a post opens the thread again', async (t) => {
  const { twin, rest, ops } = await open(t);
  const { id } = twin.person('Ana').say(ops, 'hello');
  await rest.post(`/channels/${ops}/messages/${id}/threads`, { body: { name: 'hello' } });
  const post = (await rest.post(`/channels/${id}/messages`, { body: { content: 'one' } })) as { id: string };
  const edit = () => rest.patch(`/channels/${id}/messages/${post.id}`, { body: { content: 'two' } });
  twin.person('Ana').close(id, { archived: true });
  assert.equal((await refused(edit())).code, rules.archived.code);
  await rest.post(`/channels/${id}/messages`, { body: { content: 'awake' } });
  await edit();
  twin.world.clock.advance(numbers.oldMessageMs.value);
  assert.equal(rules.oldEdit.status, 429);
  assert.notDeepEqual(await refused(edit()), {});
});

test('the twin forgets an interaction after 3 s, and takes one answer', async (t) => {
  const { twin, rest, ops } = await open(t);
  const post = (await rest.post(`/channels/${ops}/messages`, {
    body: { content: 'x', components: [{ type: 1, components: [button('go')] }] },
  })) as { id: string };
  const message = twin.posts(ops).find(({ id }) => id === post.id);
  assert.ok(message);
  const answer = (id: string, token: string) =>
    rest.post(`/interactions/${id}/${token}/callback`, { body: { type: 6 }, auth: false });
  const one = twin.person('Ana').press(message, 'go');
  await answer(one.id, one.token);
  assert.equal((await refused(answer(one.id, one.token))).code, rules.acknowledged.code);
  const late = twin.person('Ana').press(message, 'go');
  twin.world.clock.advance(numbers.acknowledgeMs.value + 1);
  assert.equal((await refused(answer(late.id, late.token))).code, rules.unknownInteraction.code);
});

test('the twin limits each route by channel with headers that discord.js keeps to', async (t) => {
  const { twin, ops } = await open(t);
  const patient = new REST({ api: twin.apiUrl, version: '10', retries: 0, rejectOnRateLimit: () => true });
  patient.setToken(twin.token);
  for (let n = 0; n < numbers.bucketCalls.value; n += 1)
    await patient.post(`/channels/${ops}/messages`, { body: { content: `${n}` } });
  await assert.rejects(
    patient.post(`/channels/${ops}/messages`, { body: { content: 'more' } }),
    /RateLimit|rate limit/i,
  );
  assert.equal(twin.buckets.invalid, 0);
});

test('every rule of the twin quotes a sentence, and says where it stands or that it is assumed', () => {
  for (const { says, ...rule } of [...Object.values(rules), ...Object.values(numbers)]) {
    assert.ok(says.length > 5);
    if ('at' in rule) assert.match(String(rule.at), /^https:\/\/docs\.discord\.com\/developers\//);
  }
});
