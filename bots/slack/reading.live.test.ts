import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answers, isAnswer, postWith, settled, turnCount } from '#core/testing/chat-contract/watch.ts';
import { lastFirst } from '#core/testing/last-first.ts';
import { until } from '#core/testing/until.ts';
import { openSlackStage, type SlackStage } from './testing/stage.ts';

/** Slack's waits before its 3rd and 4th delivery; the first two come at once. */
const retryWaitsMs = [60_000, 300_000];

async function turns(stage: SlackStage, count: number): Promise<void> {
  await until(async () => ((await turnCount(stage)) >= count ? true : null), `${count} turns`);
}

test('I1: a mention whose four deliveries fell into short absences, one by one, is answered', async (t) => {
  const stage = await openSlackStage(lastFirst(t), 'socket');
  const { twin } = stage;
  await stage.stopBots();
  const asked = stage.twinPerson('ana').mention('ops', 'say hello');
  for (const ms of retryWaitsMs) {
    await stage.startBots();
    await stage.stopBots();
    await twin.clock.advance(ms);
  }
  await twin.events.settled();
  assert.ok(twin.events.lost.length > 0, 'Slack gave it up');
  assert.ok(!twin.events.attempts.some(({ answer }) => answer.acknowledged));
  await stage.startBots();
  await answers(stage, stage.placeOf(asked), 1);
  await settled(stage);
  assert.equal(await turnCount(stage), 1);
});

test('I1: a mention that could not be kept four times is answered, though we were never away', async (t) => {
  const stage = await openSlackStage(lastFirst(t), 'http');
  const { twin, core } = stage;
  await core.database.pool.query(
    `CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no room'; END $$;
     CREATE TRIGGER no_room BEFORE INSERT ON turn EXECUTE FUNCTION no_room()`,
  );
  const asked = stage.twinPerson('ana').mention('ops', 'say hello');
  await until(async () => {
    // Slack's time is hurried only while nothing waits for an acknowledgement, which is due within 3 s.
    if (twin.events.underWay === 0) await twin.clock.advance(10_000);
    return twin.events.lost.length === 2 ? true : null;
  }, 'Slack to give it up');
  assert.ok(!twin.events.attempts.some(({ answer }) => answer.acknowledged));
  await core.database.pool.query('DROP TRIGGER no_room ON turn');
  await answers(stage, stage.placeOf(asked), 1);
  await settled(stage);
  assert.equal(await turnCount(stage), 1);
});

test('I1: a mention in a thread that we know nothing of is found when it never reached us', async (t) => {
  const stage = await openSlackStage(lastFirst(t), 'socket');
  const { twin } = stage;
  const root = stage.twinPerson('ana').say('ops', 'the deploy failed');
  await twin.events.settled();
  await stage.stopBots();
  twin.workspace.user('ben').reply(root, '@deckhand say why');
  await twin.clock.advance(400_000);
  await twin.events.settled();
  await stage.startBots();
  await answers(stage, stage.placeOf(root), 1);
  await settled(stage);
  assert.equal(await turnCount(stage), 1);
});

test('I1: what is read again changes nothing: talk before the mention stays talk, a refusal a refusal', async (t) => {
  const stage = await openSlackStage(lastFirst(t), 'socket');
  const { twin } = stage;
  const ana = stage.twinPerson('ana');
  const ben = twin.workspace.user('ben');
  twin.switches.spoil('users.info', 1, { error: 'missing_scope' });
  const refused = stage.placeOf(ben.mention('ops', 'say refused'));
  await postWith(stage, refused, 'missing_scope');
  const root = ana.say('ops', 'the deploy failed');
  ben.reply(root, 'because of the disk');
  ana.reply(root, '@deckhand say looked');
  await answers(stage, stage.placeOf(root), 1);
  await twin.events.settled();
  await stage.stopBots();
  // Threads are read in their order, after the channel: when this is there, all before it has been read.
  ben.reply(root, 'say the last');
  await stage.startBots();
  await turns(stage, 2);
  await answers(stage, stage.placeOf(root), 2);
  await settled(stage);
  assert.equal(await turnCount(stage), 2);
  assert.equal((await stage.posts(refused)).filter(isAnswer).length, 0);
});

test('I1: what was said before we were invited is not answered when it is read', async (t) => {
  const stage = await openSlackStage(lastFirst(t), 'socket');
  const { twin } = stage;
  const ana = stage.twinPerson('ana');
  await stage.stopBots();
  const { id } = twin.workspace.channel('elsewhere', { withApp: false });
  ana.say(id, '@deckhand say too early');
  ana.invite('elsewhere');
  const asked = ana.say(id, '@deckhand say in time');
  await twin.clock.advance(400_000);
  await twin.events.settled();
  await stage.startBots();
  await answers(stage, stage.placeOf(asked), 1);
  await settled(stage);
  assert.equal(await turnCount(stage), 1);
});
