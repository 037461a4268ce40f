import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { until } from '#core/testing/until.ts';
import { openFaultyLine } from './testing/faulty-line.ts';
import { bodyOf, openMatrixStage, threadOf } from './testing/stage.ts';
import { startSynapse } from './testing/synapse.ts';

const synapse = await startSynapse({ after });

test('nothing that was said before the first start is answered, and nothing before an invitation', async (t) => {
  const stage = await openMatrixStage(t, synapse);
  const mentions = [stage.bot.userId];
  const ana = await synapse.person('ana');
  const room = await ana.createRoom({ preset: 'public_chat', invite: mentions });
  await ana.say(room, 'say before the invitation was followed', { mentions });
  const first = await stage.start();
  await stage.replies(ana, room, (said) => said.length === 1);
  await ana.say(room, 'say now', { mentions });
  const said = await stage.replies(ana, room, (all) => all.length >= 2);
  assert.match(bodyOf(said[1]), /^now/);

  // A bot that forgot its position is as new: what stands in the room is the past.
  await first.stop();
  await stage.core.database.pool.query('DELETE FROM connection');
  await ana.say(room, 'say while nobody read', { mentions });
  await stage.start();
  await until(async () => {
    const { rows } = await stage.core.database.pool.query(
      'SELECT 1 FROM connection WHERE position IS NOT NULL',
    );
    return rows[0] ?? null;
  }, 'the first sync');
  await ana.say(room, 'say later', { mentions });
  const all = await stage.replies(ana, room, (posts) => posts.some((post) => /^later/.test(bodyOf(post))));
  assert.deepEqual(
    all.slice(1).map((post) => bodyOf(post).split('\n')[0]),
    ['now', 'later'],
  );
});

test('I1: a gap of 200 events is read to its end; each mention in it is answered once, in order', async (t) => {
  const stage = await openMatrixStage(t, synapse);
  const mentions = [stage.bot.userId];
  const role = await stage.start();
  const ana = await synapse.person('ana');
  const ben = await synapse.person('ben');
  const room = await stage.roomWith(ana, { invite: [...mentions, ben.userId] });
  await ben.join(room);
  const thread = await ana.say(room, 'say first', { mentions });
  await stage.replies(ana, room, (said) => said.length === 2);
  await role.stop();
  const asked: string[] = [thread];
  for (let n = 0; n < 200; n += 1) {
    if (n % 20 === 7) asked.push(await ana.say(room, `say ${n}`, { mentions }));
    else await ben.say(room, `talk ${n}`);
  }
  await stage.start();
  await stage.replies(ana, room, (said) => said.length === 12);
  const said = await ana.saidBy(room, stage.bot.userId);
  assert.deepEqual(said.slice(1).map(threadOf).sort(), asked.sort());
});

test('I1, I2: a process that dies between an answer of the homeserver and its commit loses and doubles nothing', async (t) => {
  const line = await openFaultyLine(t, synapse.url);
  const stage = await openMatrixStage(t, { ...synapse, url: line.url });
  const mentions = [stage.bot.userId];
  const role = await stage.start();
  const ana = await synapse.person('ana');
  const room = await stage.roomWith(ana);
  const reached = Promise.withResolvers<void>();
  line.onSync = ({ rooms }) => {
    if (JSON.stringify(rooms ?? {}).includes('say survived')) {
      line.down(true);
      reached.resolve();
    }
  };
  await ana.say(room, 'say survived', { mentions });
  await reached.promise;
  line.onSync = null;
  await role.stop();
  line.down(false);
  await stage.start();
  const said = await stage.replies(ana, room, (all) => all.length === 2);
  assert.match(bodyOf(said[1]), /survived/);
});

test('one process reads for an account; when it is cut off another takes over within 10 s', async (t) => {
  const stage = await openMatrixStage(t, synapse);
  const mentions = [stage.bot.userId];
  const first = await stage.start();
  const ana = await synapse.person('ana');
  const room = await stage.roomWith(ana);
  const second = await stage.start();
  await until(
    async () => (second.sync.state().state === 'elsewhere' ? true : null),
    'the second to stand by',
  );
  assert.equal(first.sync.state().state, 'connected');
  // A dead process renews nothing: its name in the row is all that is left of it.
  await stage.core.database.pool.query(`UPDATE connection SET held_by = 'a process that died'`);
  const began = Date.now();
  await until(
    async () =>
      [first, second].some(({ sync }) => sync.state().state === 'connected') &&
      (
        await stage.core.database.pool.query(
          `SELECT 1 FROM connection WHERE held_by <> 'a process that died'`,
        )
      ).rows[0]
        ? true
        : null,
    'somebody to read on',
  );
  assert.ok(Date.now() - began < 10_000);
  await ana.say(room, 'say taken over', { mentions });
  const said = await stage.replies(ana, room, (all) => all.length === 2);
  assert.match(bodyOf(said[1]), /taken over/);
});

test('I1: a homeserver that goes away and comes back finds its people answered, once', async (t) => {
  const own = await startSynapse(t);
  const stage = await openMatrixStage(t, own);
  const mentions = [stage.bot.userId];
  const role = await stage.start();
  const ana = await own.person('ana');
  const room = await stage.roomWith(ana);
  const asked = await ana.say(room, 'slow', { mentions });
  const turn = await until(() => stage.core.turns.byMessage('matrix', `${room}/${asked}`), 'the turn');
  await own.down();
  await until(async () => (role.sync.state().state === 'away' ? true : null), 'that it is missed');
  await stage.core.turns.stop(turn.turnId, { userId: turn.authorId, name: 'ana' });
  stage.core.live.publish({ kind: 'stop', sessionId: turn.sessionId, turnId: turn.turnId });
  await own.up();
  const said = await stage.replies(ana, room, (all) => all.length >= 2);
  assert.match(bodyOf(said.at(-1)), /Stopped by ana/);
  await until(async () => (role.sync.state().state === 'connected' ? true : null), 'it to be read again');
  await ana.say(room, 'say back', { mentions });
  await stage.replies(ana, room, (all) => all.filter((post) => /^back/.test(bodyOf(post))).length === 1);
});

test('a token that is not valid any more is said, with what to do; with a password a new one is had', async (t) => {
  const stage = await openMatrixStage(t, synapse);
  const { home } = stage.core;
  const { password } = stage.bot;
  const role = await stage.start({ proof: { password, home, device: 'DECKHAND' } });
  const ana = await synapse.person('ana');
  const room = await stage.roomWith(ana);
  await logOutEverywhere(stage.bot.userId, home);
  await ana.say(room, 'say again', { mentions: [stage.bot.userId] });
  await stage.replies(ana, room, (all) => all.length === 2);
  await role.stop();

  const stale = await stage.start({ proof: { accessToken: 'syt_not_valid' } });
  await until(async () => (stale.sync.state().state === 'refused' ? true : null), 'the refusal');
  assert.match(stale.sync.state().detail, /does not accept.*access token.*administrator/i);
});

/** Ends the session whose token is kept in the home folder. */
async function logOutEverywhere(userId: string, home: string): Promise<void> {
  const { readFile } = await import('node:fs/promises');
  const kept = JSON.parse(await readFile(`${home}/matrix-token`, 'utf8')) as {
    userId: string;
    token: string;
  };
  assert.equal(kept.userId, userId);
  const headers = { authorization: `Bearer ${kept.token}` };
  const answer = await fetch(`${synapse.url}/_matrix/client/v3/logout`, { method: 'POST', headers });
  assert.equal(answer.status, 200);
}

test('I1: what was asked while it was away says so; what is older than a day is not run, and that is said', async (t) => {
  const line = await openFaultyLine(t, synapse.url);
  const stage = await openMatrixStage(t, { ...synapse, url: line.url });
  const mentions = [stage.bot.userId];
  await stage.start();
  const ana = await synapse.person('ana');
  const room = await stage.roomWith(ana);
  const hours = { 'say late': 1, 'say old': 25 };
  line.onSync = ({ rooms }) => {
    for (const event of rooms?.join?.[room]?.timeline?.events ?? []) {
      const words = Object.keys(hours).find((text) => String(event.content.body).includes(text));
      if (words && event.unsigned) event.unsigned.age = hours[words as keyof typeof hours] * 3_600_000;
    }
  };
  const [late, old] = [
    await ana.say(room, 'say late', { mentions }),
    await ana.say(room, 'say old', { mentions }),
  ];
  const said = await stage.replies(ana, room, (all) => all.length === 3);
  const answer = said.find((post) => threadOf(post) === late);
  assert.match(bodyOf(answer), /^\(asked [\d-]+ \d\d:\d\d UTC, I was offline until \d\d:\d\d UTC\)\n\nlate/);
  assert.match(bodyOf(said.find((post) => threadOf(post) === old)), /more than a day ago.*did not start it/s);
  const { rows } = await stage.core.database.pool.query('SELECT text FROM turn');
  assert.deepEqual(rows, [{ text: 'say late' }]);
});
