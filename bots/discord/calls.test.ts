import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { DeckhandError } from '#core/errors.ts';
import { createCalls } from './calls.ts';
import { startDiscordTwin } from './testing/discord-twin.ts';

async function open(t: TestContext) {
  const twin = await startDiscordTwin();
  t.after(() => twin.stop());
  twin.buckets.calls = 10_000;
  twin.buckets.perSecond = 10_000;
  const { call } = createCalls({ token: twin.token, apiUrl: twin.apiUrl });
  const ops = twin.channel('ops');
  const say = (content: string) => call('POST', `/channels/${ops.id}/messages`, { body: { content } });
  return { twin, call, ops, say };
}

const failure = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => null,
    (error: unknown) => error,
  );

test("Discord's limit on all calls is waited out: every post stands, once", async (t) => {
  const { twin, ops, say } = await open(t);
  twin.buckets.perSecond = 20;
  await Promise.all(Array.from({ length: 50 }, (_, n) => say(`number ${n}`)));
  const found = twin.posts(ops.id).map(({ content }) => content);
  assert.equal(new Set(found).size, 50);
  assert.equal(found.length, 50);
  // discord.js asks no more once it was told: only what was under way already is refused.
  assert.ok(twin.buckets.invalid <= 30, `${twin.buckets.invalid} calls were refused`);
});

test("a long wait that Discord asks for is the caller's, and says for how long", async (t) => {
  const { twin, say } = await open(t);
  twin.switches.spoil(/messages$/, 1, { retryAfterSec: 60 });
  const error = await failure(say('hello'));
  assert.ok(error instanceof DeckhandError && error.code === 'platform.rate_limited', String(error));
  assert.ok((error.retryAfterMs ?? 0) > 55_000);
});

test('far below the ten thousand refusals that are a ban we rest; people who press buttons are answered all the same', async (t) => {
  const { twin, call, ops, say } = await open(t);
  ops.permissions.delete('VIEW_CHANNEL');
  const refused = await Promise.all(Array.from({ length: 1_000 }, () => failure(say('hello'))));
  assert.ok(refused.every((error) => error instanceof DeckhandError && error.code === 'platform.refused'));
  assert.equal(twin.buckets.invalid, 1_000);
  const error = await failure(say('hello'));
  assert.ok(error instanceof DeckhandError && error.code === 'platform.rate_limited', String(error));
  assert.equal(twin.buckets.invalid, 1_000, 'Discord was not asked again');
  twin.world.app.commands.set('global', [{ id: '1', name: 'deckhand' }]);
  const asked = twin.person('ana').slash(ops.id, 'deckhand', 'help');
  await call('POST', `/interactions/${asked.id}/${asked.token}/callback`, { body: { type: 5 }, auth: false });
  assert.equal(asked.answer?.type, 5);
});

test('a token that Discord does not know is asked about once, and is named', async (t) => {
  const { twin } = await open(t);
  const { call } = createCalls({ token: 'another.token', apiUrl: twin.apiUrl });
  for (let times = 0; times < 3; times += 1) {
    const error = await failure(call('GET', '/users/@me'));
    assert.match(String(error), /DISCORD_TOKEN/);
  }
  assert.equal(twin.buckets.invalid, 1);
});
