import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { APIInteraction } from 'discord.js';
import { openLog } from '#core/log.ts';
import { until } from '#core/testing/until.ts';
import { createCalls } from './calls.ts';
import { createRespond } from './respond.ts';
import { startDiscordTwin } from './testing/discord-twin.ts';
import type { Pending } from './testing/interactions.ts';

const card = {
  flags: 1 << 15,
  components: [
    { type: 10, content: 'May I?' },
    { type: 1, components: [{ type: 2, style: 2, custom_id: 'deny|1', label: 'Deny' }] },
  ],
};

/** A card that somebody presses, and as many processes as hear of it. */
async function pressed(t: TestContext) {
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
  const interaction = { id, token, application_id: twin.world.app.id } as APIInteraction;
  const respond = createRespond(calls, openLog('test', 'silent'));
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
