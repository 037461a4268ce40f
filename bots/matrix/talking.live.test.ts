import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { bodyOf, openMatrixStage, threadOf } from './testing/stage.ts';
import { startSynapse } from './testing/synapse.ts';

const synapse = await startSynapse({ after });

test('I1: a mention opens a thread on that message and is answered there, once', async (t) => {
  const stage = await openMatrixStage(t, synapse);
  await stage.start();
  const ana = await synapse.person('ana');
  const ben = await synapse.person('ben');
  const room = await ana.createRoom({ invite: [stage.bot.userId, ben.userId] });
  await ben.join(room);
  await stage.replies(ana, room, (said) => said.length === 1);

  const asked = await ana.say(room, 'say hello', { mentions: [stage.bot.userId] });
  const said = await stage.replies(ana, room, (all) => all.some((event) => threadOf(event) === asked));
  const answer = said.at(-1);
  assert.ok(answer);
  assert.match(bodyOf(answer), /hello\n\n⚓ no commands/);
  assert.equal(answer.content.msgtype, 'm.text');

  await ben.say(room, 'just talk');
  const again = await ben.say(room, 'say again', { thread: asked });
  await stage.replies(ana, room, (all) => all.filter((event) => threadOf(event) === asked).length === 2);
  assert.equal((await ana.saidBy(room, stage.bot.userId)).length, 3, again);
});
