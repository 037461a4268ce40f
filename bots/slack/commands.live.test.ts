import assert from 'node:assert/strict';
import { test } from 'node:test';
import { holdToVerbTable } from '#bots/testing/verb-table.ts';
import { answers, postWith, settled, turnCount } from '#core/testing/chat-contract/watch.ts';
import { lastFirst } from '#core/testing/last-first.ts';
import { until } from '#core/testing/until.ts';
import { objectAt, objectsAt, textAt } from './testing/json.ts';
import { openSlackStage, type SlackStage } from './testing/stage.ts';
import { messageIdentity } from './types.ts';

const commands = '/deckhand';

/** What a person alone was shown last. */
async function told({ twin }: SlackStage, person: { id: string }, words: RegExp) {
  return twin.look.until(`${words} to one person`, () =>
    twin.look.ephemerals(person.id).findLast((one) => words.test(twin.look.words(one))),
  );
}

test('every verb is done, asked, or explained as the table of verb × surface says', async (t) => {
  const stage = await openSlackStage(lastFirst(t), 'socket', { worker: false });
  const { core, twin } = stage;
  const ana = stage.twinPerson('ana');
  const root = ana.mention('ops', 'say hello');
  const said = (place: { channel: string; ts: string }) =>
    messageIdentity(twin.workspace.teamId, place.channel, place.ts);
  await holdToVerbTable(core, 'slack_mention', {
    say: async (text) => said(ana.reply(root, `@deckhand ${text}`)),
  });
  await holdToVerbTable(core, 'slack_reply', { say: async (text) => said(ana.reply(root, text)) });
  await holdToVerbTable(core, 'slack_slash', {
    ask: async (text) => {
      const before = twin.look.ephemerals(ana.id).length;
      await ana.slash('ops', commands, text);
      const answer = await twin.look.until('the answer', () => twin.look.ephemerals(ana.id)[before]);
      return answer.text;
    },
  });
});

test('I1: a command that Slack delivers twice is done once', async (t) => {
  const stage = await openSlackStage(lastFirst(t), 'socket', { worker: false });
  const { core, twin } = stage;
  const ana = stage.twinPerson('ana');
  const root = ana.mention('ops', 'say one');
  for (const words of ['say two', 'say three']) ana.reply(root, words);
  await until(async () => ((await turnCount(stage)) === 3 ? true : null), 'three turns');
  twin.switches.copies = 2;
  ana.reply(root, '@deckhand cancel');
  await postWith(stage, stage.placeOf(root), /Taken back: say three/);
  await twin.events.settled();
  const again = twin.events.attempts.find(({ envelope }) =>
    JSON.stringify(envelope.payload).includes('cancel'),
  );
  twin.events.event(again?.envelope.payload ?? {});
  await twin.events.settled();
  const { rows } = await core.database.pool.query(
    `SELECT count(*)::int AS n FROM turn WHERE state = 'cancelled'`,
  );
  assert.equal(rows[0].n, 1);
});

test('what is for one person alone goes to them directly, not into the thread', async (t) => {
  const stage = await openSlackStage(lastFirst(t), 'socket', { worker: false });
  const ana = stage.twinPerson('ana');
  const asked = stage.placeOf(ana.mention('ops', 'whoami'));
  await postWith(stage, asked, /for you alone/);
  await until(
    async () =>
      stage.twin.look.directPosts(ana.id).find((post) => /You are ana/.test(stage.twin.look.words(post))),
    'a direct message',
  );
  await settled(stage);
  assert.ok((await stage.posts(asked)).every(({ text }) => !text.includes('You are ana')));
});

test('I7: strangers can neither command nor press', async (t) => {
  const stage = await openSlackStage(lastFirst(t), 'socket', { worker: false });
  const { twin } = stage;
  const ana = stage.twinPerson('ana');
  const sue = twin.workspace.user('sue', { stranger: true, teamId: 'T0OTHER' });
  const root = ana.mention('ops', 'say hello');
  await until(async () => ((await turnCount(stage)) === 1 ? true : null), 'the turn');
  sue.reply(root, '@deckhand stop');
  await postWith(stage, stage.placeOf(root), /You cannot do this: people from other organisations/);
  await sue.slash('ops', commands, 'every hour at :10 look');
  await told(stage, sue, /people from other organisations/);
  const { rows } = await stage.core.database.pool.query(
    `SELECT (SELECT count(*)::int FROM turn WHERE state = 'queued') AS turns, (SELECT count(*)::int FROM schedule) AS schedules`,
  );
  assert.deepEqual(rows[0], { turns: 1, schedules: 0 });
});

test('I7: a schedule by slash command is saved by its button, by its owner alone, and fires in a new thread of the channel', async (t) => {
  const stage = await openSlackStage(lastFirst(t), 'socket');
  const { twin, core } = stage;
  const ana = stage.twinPerson('ana');
  const [channel] = [twin.workspace.channel('ops').id];
  await ana.slash('ops', commands, 'every weekday at 9:00 say the backups are fine');
  const card = await told(stage, ana, /I understood: every weekday at 09:00/);
  await ana.click({ channel, ts: card.ts }, 'Save');
  await told(stage, ana, /Saved\./);
  assert.ok(!JSON.stringify(twin.look.ephemerals(ana.id)).includes('"Drop"'), 'the card has changed');
  await stage.fire();
  const opening = await twin.look.until('the new thread', () =>
    twin.look.posts('ops').find((post) => twin.look.words(post).includes('⏰')),
  );
  assert.match(twin.look.words(opening), /every weekday at 09:00 · for ana\nsay the backups are fine/);
  const place = stage.placeOf({ channel, ts: opening.ts });
  await answers(stage, place, 1);
  await postWith(stage, place, /the backups are fine/);
  await settled(stage);
  const roots = twin.look.posts('ops').filter((post) => !post.threadTs);
  assert.equal(roots.length, 1, 'nothing stands beside the thread');
  const { rows } = await core.database.pool.query('SELECT state FROM firing');
  assert.deepEqual(rows, [{ state: 'submitted' }]);
});

test('schedules are listed with buttons that pause, resume, run, change, show and delete them', async (t) => {
  const stage = await openSlackStage(lastFirst(t), 'socket');
  const { twin, core } = stage;
  const ana = stage.twinPerson('ana');
  const root = ana.mention('ops', 'every day at 9:00 say one');
  const question = await postWith(stage, stage.placeOf(root), /Shall I save this/);
  const ben = stage.twinPerson('ben');
  await ben.click({ channel: root.channel, ts: question.id }, 'Save');
  await told(stage, ben, /no such schedule of yours/);
  await ana.click({ channel: root.channel, ts: question.id }, 'Save');
  await postWith(stage, stage.placeOf(root), /Saved\./);
  await ana.slash('ops', commands, 'schedules');
  const list = await told(stage, ana, /1 schedule:/);
  const at = { channel: root.channel, ts: list.ts };
  await ana.click(at, 'Pause');
  await told(stage, ana, /Paused\.[\s\S]*paused/);
  await ana.click(at, 'Resume');
  await told(stage, ana, /It goes on/);
  await ana.click(at, 'Run now');
  await told(stage, ana, /It runs now/);
  await ana.click(at, 'History');
  await told(stage, ana, /about to start \(run now\)|running \(run now\)/);
  await ana.click(at, 'Edit');
  const form = await twin.look.until('the form', () => twin.look.modals()[0]);
  const field = objectAt(objectsAt(form, 'blocks')[0] ?? {}, 'element');
  assert.equal(textAt(field, 'initial_value'), 'every day at 09:00 say one');
  const wrong = await ana.submit(form, { words: 'whenever you like' });
  assert.match(JSON.stringify(wrong), /errors.*every weekday at 9:00/);
  await ana.submit(form, { words: 'every day at 10:00 say two' });
  const change = await told(stage, ana, /Shall I change it to this/);
  await ana.click({ channel: root.channel, ts: change.ts }, 'Save');
  await until(async () => {
    const [one] = await core.schedules.list({ limit: 5 });
    return one?.words === 'every day at 10:00' && one.text === 'say two' ? true : null;
  }, 'the change');
  await ana.click(at, 'Delete');
  await told(stage, ana, /Deleted: every day at 10:00 · say two/);
  assert.deepEqual(await core.schedules.list({ limit: 5 }), []);
});

for (const [what, happens] of [
  ['is archived', ({ twin }: SlackStage) => twin.workspace.archive('ops')],
  ['has thrown us out', (stage: SlackStage) => stage.twinPerson('ana').kick('ops')],
] as const) {
  test(`a schedule whose channel ${what} is paused, and its owner is told directly, once`, async (t) => {
    const stage = await openSlackStage(lastFirst(t), 'socket', { worker: false });
    const { twin, core } = stage;
    const ana = stage.twinPerson('ana');
    const channel = twin.workspace.channel('ops').id;
    await ana.slash('ops', commands, 'every day at 9:00 say one');
    const card = await told(stage, ana, /I understood/);
    await ana.click({ channel, ts: card.ts }, 'Save');
    await until(async () => (await core.schedules.list({ limit: 1 }))[0], 'the schedule');
    happens(stage);
    await stage.fire();
    const words = await until(
      async () => twin.look.directPosts(ana.id).map((post) => twin.look.words(post))[0],
      'a direct message',
    );
    assert.match(words, /I paused the schedule "every day at 09:00": I can no longer post there/);
    assert.match(words, /schedules resume sch_/);
    const [schedule] = await core.schedules.list({ limit: 1 });
    assert.equal(schedule?.state, 'paused');
    assert.equal(await turnCount(stage), 0);
    await settled(stage);
    assert.equal(twin.look.directPosts(ana.id).length, 1);
  });
}
