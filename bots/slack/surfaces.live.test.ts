import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isAnswer, postWith, settled } from '#core/testing/chat-contract/watch.ts';
import { lastFirst } from '#core/testing/last-first.ts';
import { until } from '#core/testing/until.ts';
import { openSlackStage } from './testing/stage.ts';

test('who opens the Home tab sees what can be said, published once and not for every look', async (t) => {
  const stage = await openSlackStage(lastFirst(t), 'socket', { plan: 'free', worker: false });
  const { twin } = stage;
  const ana = stage.twinPerson('ana');
  ana.openHome();
  const home = await twin.look.until('the Home tab', () => twin.look.home(ana.id));
  assert.match(JSON.stringify(home), /mention me with a request/);
  assert.match(JSON.stringify(home), /@deckhand stop/);
  ana.openHome();
  await twin.events.settled();
  const ben = stage.twinPerson('ben');
  ben.openHome();
  await twin.look.until('the other Home tab', () => twin.look.home(ben.id));
  assert.equal(twin.look.calls('views.publish').length, 2);
  const { rows } = await stage.core.database.pool.query('SELECT 1 FROM identity');
  assert.equal(rows.length, 0, 'looking makes nobody known');
});

test("Slack's own Stop stops what runs in the thread, and nothing appears after it", async (t) => {
  const stage = await openSlackStage(lastFirst(t), 'socket');
  const { twin, core } = stage;
  const ana = stage.twinPerson('ana');
  const spoken = ana.mention('ops', 'slow');
  const asked = stage.placeOf(spoken);
  await until(async () => {
    const { rows } = await core.database.pool.query(`SELECT 1 FROM turn WHERE state = 'running'`);
    return rows[0];
  }, 'the turn at work');
  twin.switches.copies = 2;
  ana.stopSession(spoken);
  await postWith(stage, asked, 'Stopped by ana');
  await settled(stage);
  const posts = await stage.posts(asked);
  assert.match(posts.at(-1)?.text ?? '', /Stopped by ana/);
  assert.equal(posts.filter(isAnswer).length, 1);
});

test("I7: a guest's press on Slack's own Stop stops nothing, and says why", async (t) => {
  const stage = await openSlackStage(lastFirst(t), 'socket');
  const { twin, core } = stage;
  const ana = stage.twinPerson('ana');
  const spoken = ana.mention('ops', 'slow');
  const asked = stage.placeOf(spoken);
  await until(async () => {
    const { rows } = await core.database.pool.query(`SELECT 1 FROM turn WHERE state = 'running'`);
    return rows[0];
  }, 'the turn at work');
  const guest = twin.workspace.user('gus', { guest: true });
  guest.stopSession(spoken);
  await postWith(stage, asked, /You cannot do this: guests/);
  const { rows } = await core.database.pool.query(`SELECT state FROM turn`);
  assert.deepEqual(rows, [{ state: 'running' }]);
  ana.stopSession(spoken);
  await postWith(stage, asked, 'Stopped by ana');
});
