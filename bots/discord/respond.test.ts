import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { APIInteraction } from 'discord.js';
import type { PressOutcome } from '#bots/schedule-presses.ts';
import { openLog } from '#core/log.ts';
import { until } from '#core/testing/until.ts';
import { createCalls } from './calls.ts';
import { createRespond } from './respond.ts';
import { startDiscordTwin } from './testing/discord-twin.ts';
import type { Pending } from './testing/interactions.ts';
import { numbers } from './testing/numbers.ts';

const card = {
  flags: 1 << 15,
  components: [
    { type: 10, content: 'May I?' },
    { type: 1, components: [{ type: 2, style: 2, custom_id: 'deny|1', label: 'Deny' }] },
  ],
};

/** A card that somebody presses, and as many processes as hear of it. */
async function pressed(t: TestContext, now = Date.now) {
  const twin = await startDiscordTwin();
  t.after(() => twin.stop());
  const calls = createCalls({ token: twin.token, apiUrl: twin.apiUrl });
  const { id: ops } = twin.channel('ops');
  await calls.call('POST', `/channels/${ops}/messages`, { body: card });
  const [message] = twin.posts(ops);
  if (!message) throw new Error('no card');
  const ben = twin.person('ben');
  const pending: Pending = ben.press(message, 'Deny');
  const { id, token } = pending;
  const interaction = {
    ...{ id, token, application_id: twin.world.app.id, user: { id: ben.id } },
    message: { id: message.id, channel_id: ops, flags: message.flags },
  } as APIInteraction;
  const respond = createRespond(calls, openLog('test', 'silent'), now);
  return { twin, ben, pending, ops, shown: () => twin.words(message), hear: () => respond(interaction) };
}

test('I7: what takes long is told to the one who pressed, and the card stays', async (t) => {
  const { twin, ben, pending, shown, hear } = await pressed(t);
  // The outcome comes only after the "thinking" that is sent for what takes long.
  const late = twin.until('an acknowledgement', () => pending.answer).then(() => 'Only Ana can answer it.');
  await hear().done(late);
  assert.match(shown(), /May I\?/);
  const [told, ...more] = twin.world.ephemerals;
  assert.deepEqual([told?.userId, more.length], [ben.id, 0]);
  assert.match(JSON.stringify(told?.payload), /Only Ana can answer it/);
});

test('I7: of two processes that hear one press, the one that is late changes nothing of the card', async (t) => {
  const { twin, ops, shown, hear } = await pressed(t);
  const slow = Promise.withResolvers<string | null>();
  const second = hear().done(slow.promise);
  await hear().done(Promise.resolve(null));
  // The second hears "acknowledged already" when it says "thinking"; then its own outcome comes.
  const answers = () => twin.calls.filter((call) => call.includes('/callback')).length;
  await until(async () => (answers() === 2 ? true : null), 'both to answer');
  slow.resolve('This is already denied by Ben.');
  await second;
  assert.match(shown(), /May I\?/);
  assert.equal(twin.posts(ops).length, 1);
});

/** Longer than a token of an interaction is valid. */
const longMs = numbers.tokenMs.value + 60_000;

test('I7: a card that was pressed is edited by the bot itself when the token of the press has ended', async (t) => {
  const { twin, pending, shown, hear } = await pressed(t);
  const outcome = Promise.withResolvers<PressOutcome>();
  const changed = hear().changed(outcome.promise);
  await twin.until('an acknowledgement', () => pending.answer);
  twin.world.clock.advance(longMs);
  outcome.resolve({ reply: { text: 'Paused.', cards: [], ok: true }, replaces: true });
  await changed;
  assert.match(shown(), /Paused\./);
});

test('I1: words for one person reach them directly when the token of the press has ended', async (t) => {
  const { twin, ben, pending, ops, shown, hear } = await pressed(t);
  const outcome = Promise.withResolvers<string>();
  const done = hear().done(outcome.promise);
  await twin.until('an acknowledgement', () => pending.answer);
  twin.world.clock.advance(longMs);
  outcome.resolve('Only Ana can answer it.');
  await done;
  const direct = [...twin.world.channels.values()].find(({ recipient }) => recipient === ben.id);
  assert.deepEqual(direct && twin.posts(direct.id).map((post) => twin.words(post).trim()), [
    'Only Ana can answer it.',
  ]);
  assert.match(shown(), /May I\?/);
  assert.equal(twin.posts(ops).length, 1);
});

test('a form that takes too long to make is answered with words in time, since it must be the first answer', async (t) => {
  const { twin, pending, hear } = await pressed(t);
  await hear().made(new Promise(() => {}));
  const answer = await twin.until('the answer', () => pending.answer);
  assert.match(JSON.stringify(answer.data), /too slow/);
  assert.ok(answer.afterMs < numbers.acknowledgeMs.value);
});

test('completions that take too long are answered in time, with nothing', async (t) => {
  const twin = await startDiscordTwin();
  t.after(() => twin.stop());
  twin.world.app.commands.set('global', [{ id: '1', name: 'deckhand' }]);
  const calls = createCalls({ token: twin.token, apiUrl: twin.apiUrl });
  const typed = twin.person('ben').typing(twin.channel('ops').id, 'deckhand', 'status', 'thread', 'a');
  const interaction = { id: typed.id, token: typed.token, application_id: twin.world.app.id };
  await createRespond(
    calls,
    openLog('test', 'silent'),
  )(interaction as APIInteraction).choices(new Promise(() => {}));
  assert.deepEqual(typed.answer?.data, { choices: [] });
  assert.ok((typed.answer?.afterMs ?? longMs) < numbers.acknowledgeMs.value);
});

test('an interaction that reached us late is acknowledged the sooner', async (t) => {
  const { twin, pending, hear } = await pressed(t, () => Date.now() + 2_000);
  const outcome = Promise.withResolvers<string | null>();
  const done = hear().done(outcome.promise);
  const { afterMs } = await twin.until('an acknowledgement', () => pending.answer);
  // What came in time may wait for 1.8 s.
  assert.ok(afterMs < 1_500, `after ${afterMs} ms`);
  outcome.resolve(null);
  await done;
});
