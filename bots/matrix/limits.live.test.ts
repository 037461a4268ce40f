import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { until } from '#core/testing/until.ts';
import { probeMatrix } from './probe.ts';
import { openMatrixStage, threadOf } from './testing/stage.ts';
import { startSynapse } from './testing/synapse.ts';

const synapse = await startSynapse({ after }, 'default');

test('I1: at Synapse’s own limits every mention is answered once, later; nothing is dropped', async (t) => {
  const stage = await openMatrixStage(t, synapse);
  const role = await stage.start();
  const ana = await synapse.person('ana');
  await synapse.overrideLimits(ana.userId);
  const rooms = [await stage.roomWith(ana), await stage.roomWith(ana)];
  const asked: { room: string; id: string }[] = [];
  for (let n = 0; n < 13; n += 1) {
    const room = rooms[n % 2] as string;
    asked.push({ room, id: await ana.say(room, `say ${n}`, { mentions: [stage.bot.userId] }) });
  }
  const threads = await until(
    async () => {
      const all: string[] = [];
      for (const room of rooms) {
        const said = await ana.saidBy(room, stage.bot.userId);
        all.push(...said.map(threadOf).filter((thread) => thread !== null));
      }
      return all.length >= asked.length ? all : null;
    },
    'every answer, as Synapse lets them through',
    120_000,
  );
  assert.deepEqual(threads.sort(), asked.map(({ id }) => id).sort());
  assert.ok(role.refusals() > 0, 'the limit was met');
});

test('doctor finds a homeserver that slows the bot down, and is content once an administrator has lifted it', async () => {
  const bot = await synapse.account('slowed');
  const settings = { url: synapse.url, userId: bot.userId, proof: { accessToken: bot.token } };
  const slowed = await probeMatrix(settings);
  assert.equal(slowed.ok, false);
  assert.match(slowed.detail, /slowed down.*wait \d+ s.*override_ratelimit/);
  await synapse.overrideLimits(bot.userId);
  const lifted = await probeMatrix(settings);
  assert.equal(lifted.ok, true, lifted.detail);
  const wrong = await probeMatrix({ ...settings, proof: { accessToken: 'nonsense' } });
  assert.match(wrong.detail, /access token is not valid/);
  const away = await probeMatrix({ ...settings, url: 'http://127.0.0.1:1' });
  assert.match(away.detail, /cannot be reached/);
});
