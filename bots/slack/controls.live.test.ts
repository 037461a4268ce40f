import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answers, isAnswer, postWith, settled, turnCount } from '#core/testing/chat-contract/watch.ts';
import { lastFirst } from '#core/testing/last-first.ts';
import { until } from '#core/testing/until.ts';
import { openSlackStage, type SlackStage } from './testing/stage.ts';

/** Waits until the checklist says that the turn is at work: what is written now has to wait. */
async function atWork({ core }: SlackStage): Promise<void> {
  await until(async () => {
    const { rows } = await core.database.pool.query(`SELECT 1 FROM turn WHERE state = 'running'`);
    return rows[0];
  }, 'the turn at work');
}

test('what waits says so; Steer now tells it to the turn that runs, once, and its own post says that', async (t) => {
  const stage = await openSlackStage(lastFirst(t), 'socket');
  const ana = await stage.person('ana');
  const asked = await ana.mention('listen');
  await atWork(stage);
  await ana.reply(asked, 'only on staging');
  const note = await postWith(stage, asked, 'Queued, next in line.');
  assert.deepEqual(note.buttons, ['Steer now', 'Cancel']);
  assert.equal(await ana.press(asked, note, 'Steer now'), null);
  await postWith(stage, asked, 'I was told: only on staging');
  const told = await postWith(stage, asked, 'Told to what was running');
  assert.equal(told.id, note.id);
  assert.deepEqual(told.buttons, []);
  await settled(stage);
  assert.equal((await stage.posts(asked)).filter(isAnswer).length, 1);
});

test('only the author of what runs steers it; everybody takes their own request back', async (t) => {
  const stage = await openSlackStage(lastFirst(t), 'socket');
  const ana = await stage.person('ana');
  const ben = await stage.person('ben');
  const asked = await ana.mention('slow');
  await atWork(stage);
  await ben.reply(asked, 'say mine');
  const note = await postWith(stage, asked, 'Queued, next in line.');
  assert.deepEqual(note.buttons, ['Cancel']);
  assert.equal(await ben.press(asked, note, 'Cancel'), null);
  assert.equal((await postWith(stage, asked, 'Nothing was run')).id, note.id);
  await ana.reply(asked, 'stop');
  await postWith(stage, asked, 'Stopped by ana');
  await settled(stage);
  assert.equal(await turnCount(stage), 2);
  assert.ok((await stage.posts(asked)).every(({ text }) => !text.includes('mine')));
});

test('I7: Always… says first what it would come to, holds in the thread, and proposes a rule', async (t) => {
  const stage = await openSlackStage(lastFirst(t), 'socket');
  const { twin, core } = stage;
  const ana = await stage.person('ana');
  const asked = await ana.mention('reach api.example.com');
  const card = await postWith(stage, asked, 'https://api.example.com/v1/tickets');
  const ben = stage.twinPerson('ben');
  const [channel = ''] = asked.thread.split('/');
  await ben.click({ channel, ts: card.id }, 'Always…');
  await twin.look.until('words for a stranger', () => twin.look.ephemerals(ben.id).length === 1);
  assert.equal(twin.look.modals().length, 0);
  const person = stage.twinPerson('ana');
  await person.click({ channel, ts: card.id }, 'Always…');
  const modal = await twin.look.until('the modal', () => twin.look.modals()[0]);
  assert.match(JSON.stringify(modal), /allow POST to api\.example\.com, port 443/);
  const [open] = await core.approvals.listOpen(10);
  assert.equal(open?.state, 'open', 'nothing is decided before the modal is sent off');

  await ben.submit(modal);
  assert.match(JSON.stringify(twin.look.modals()), /Only the person who asked/);
  assert.equal((await core.approvals.listOpen(10)).length, 1);

  await person.submit(modal);
  await postWith(stage, asked, /allowed this/);
  await answers(stage, asked, 1);
  const { rows } = await core.database.pool.query('SELECT * FROM policy_proposal');
  assert.equal(rows.length, 1);
  assert.match(JSON.stringify(rows[0]), /api\.example\.com/);
  await person.submit(modal);
  assert.match(JSON.stringify(twin.look.modals()), /already granted by ana/);
});

test('a conversation of several people is a channel like any other', async (t) => {
  const stage = await openSlackStage(lastFirst(t), 'socket');
  const { id } = stage.twin.workspace.channel('mpdm-ana--ben', { several: true });
  const ana = stage.twinPerson('ana');
  const asked = stage.placeOf(ana.mention(id, 'say hello'));
  await answers(stage, asked, 1);
  stage.twinPerson('ben').say(id, 'not for the bot');
  await settled(stage);
  assert.equal(await turnCount(stage), 1);
});
