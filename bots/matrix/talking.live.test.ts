import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, test } from 'node:test';
import { until } from '#core/testing/until.ts';
import type { Person } from './testing/person.ts';
import { bodyOf, openMatrixStage, threadOf } from './testing/stage.ts';
import { startSynapse } from './testing/synapse.ts';
import type { MatrixEvent } from './types.ts';

const synapse = await startSynapse({ after });

const inThread = (root: string, words: RegExp) => (all: MatrixEvent[]) =>
  all.some((post) => threadOf(post) === root && words.test(bodyOf(post)));

test('I1: 100 mentions over 20 rooms are answered, each once, in its thread', async (t) => {
  const stage = await openMatrixStage(t, synapse);
  await stage.start();
  const mentions = [stage.bot.userId];
  const people = await Promise.all(['ana', 'ben', 'cem', 'dia'].map((name) => synapse.person(name)));
  const rooms = await Promise.all(
    Array.from({ length: 20 }, async (_, n) => {
      const person = people[n % people.length] as Person;
      return { person, room: await stage.roomWith(person), asked: [] as string[] };
    }),
  );
  await Promise.all(
    rooms.map(async ({ person, room, asked }) => {
      for (let n = 0; n < 5; n += 1) asked.push(await person.say(room, `say ${n}`, { mentions }));
    }),
  );
  await until(async () => {
    const { rows } = await stage.core.database.pool.query(
      `SELECT (SELECT count(*) FROM turn WHERE state = 'succeeded') = 100
         AND NOT EXISTS (SELECT 1 FROM session WHERE shown_seq < head_seq) AS done`,
    );
    return rows[0].done || null;
  }, '100 turns that are shown');
  for (const { person, room, asked } of rooms) {
    const threads = (await person.saidBy(room, stage.bot.userId))
      .map(threadOf)
      .filter((root) => root !== null);
    assert.deepEqual(threads.sort(), asked.sort());
  }
});

test('a reply outside of threads goes on in the thread of what it replies to, and brings it along', async (t) => {
  const stage = await openMatrixStage(t, synapse);
  await stage.start();
  const mentions = [stage.bot.userId];
  const ana = await synapse.person('ana');
  const ben = await synapse.person('ben');
  const room = await stage.roomWith(ana, { invite: [...mentions, ben.userId] });
  await ben.join(room);
  const root = await ben.say(room, 'the build is red');
  await ben.say(room, 'since noon', { thread: root });
  await ana.say(room, 'say looking', { mentions, replyTo: root });
  await stage.replies(ana, room, inThread(root, /^looking/));
  const { rows } = await stage.core.database.pool.query(
    `SELECT body FROM event WHERE type = 'turn.submitted'`,
  );
  const quoted = (JSON.parse(rows[0].body) as { quoted: { name: string; text: string }[] }).quoted;
  assert.deepEqual(quoted, [
    { name: 'ben', text: 'the build is red' },
    { name: 'ben', text: 'since noon' },
  ]);
});

test('I7: a question is answered in words, for this thread; only the whole message counts', async (t) => {
  const stage = await openMatrixStage(t, synapse);
  await stage.start();
  const mentions = [stage.bot.userId];
  const ana = await synapse.person('ana');
  const ben = await synapse.person('ben');
  const room = await stage.roomWith(ana, { invite: [...mentions, ben.userId] });
  await ben.join(room);
  const thread = await ana.say(room, 'careful $ echo hi', { mentions });
  const said = await stage.replies(ana, room, inThread(thread, /may I/));
  const card = said.find((post) => /may I/.test(bodyOf(post)));
  assert.ok(card);
  await ben.react(room, card.event_id, '✅ Allow once');
  await ben.react(room, card.event_id, '✅');
  await ben.say(room, 'deny', { thread });
  await stage.replies(ana, room, inThread(thread, /^ben: Only the person who asked/));
  await ana.say(room, 'Allow in this thread.', { thread });
  await stage.replies(ana, room, inThread(thread, /with your permission/));
  const all = await ana.saidBy(room, stage.bot.userId);
  assert.equal(all.filter((post) => /^ben: Only/.test(bodyOf(post))).length, 1, 'one explanation a person');
  const [approval] = (await stage.core.database.pool.query('SELECT state, scope FROM approval')).rows;
  assert.deepEqual(approval, { state: 'granted', scope: 'thread' });
});

test('I7: only our own cards can be answered, and a reaction that is taken back changes nothing', async (t) => {
  const stage = await openMatrixStage(t, synapse);
  await stage.start();
  const mentions = [stage.bot.userId];
  const ana = await synapse.person('ana');
  const room = await stage.roomWith(ana);
  const thread = await ana.say(room, 'careful $ echo hi', { mentions });
  const said = await stage.replies(ana, room, inThread(thread, /may I/));
  const card = said.find((post) => /may I/.test(bodyOf(post)));
  assert.ok(card);
  const forged = await ana.send(room, 'm.room.message', { ...card.content, body: 'is the sky blue?' });
  await ana.react(room, forged, '✅ Allow once');
  const reaction = await ana.react(room, card.event_id, '👍');
  await ana.redact(room, reaction);
  const { rows } = await stage.core.database.pool.query('SELECT state FROM approval');
  assert.equal(rows[0].state, 'open');
  const denial = await ana.react(room, card.event_id, '❌ Deny');
  // Taken back before it is read it would say nothing: a redaction empties it.
  await stage.replies(ana, room, inThread(thread, /did not run it/));
  await ana.redact(room, denial);
  await ana.say(room, 'say all the same', { thread });
  await stage.replies(ana, room, inThread(thread, /^all the same/));
  const [after] = (await stage.core.database.pool.query('SELECT state FROM approval')).rows;
  assert.equal(after.state, 'denied');
});

test('I1: who asked in a room that the bot was thrown out of is told directly', async (t) => {
  const stage = await openMatrixStage(t, synapse);
  await stage.start();
  const mentions = [stage.bot.userId];
  const ana = await synapse.person('ana');
  const room = await stage.roomWith(ana);
  const asked = await ana.say(room, 'slow', { mentions });
  const turn = await until(() => stage.core.turns.byMessage('matrix', `${room}/${asked}`), 'the turn');
  await ana.call('POST', `/rooms/${encodeURIComponent(room)}/kick`, { user_id: stage.bot.userId });
  await stage.core.turns.stop(turn.turnId, { userId: turn.authorId, name: 'ana' });
  stage.core.live.publish({ kind: 'stop', sessionId: turn.sessionId, turnId: turn.turnId });
  type Invites = { rooms?: { invite?: Record<string, unknown> } };
  const direct = await until(async () => {
    // Without a filter of its own it would come from Synapse's cache.
    const filter = encodeURIComponent(JSON.stringify({ presence: { not_types: [randomUUID()] } }));
    const { rooms } = await ana.call<Invites>('GET', `/sync?timeout=0&filter=${filter}`);
    return Object.keys(rooms?.invite ?? {})[0];
  }, 'an invitation');
  await ana.join(direct);
  const said = await stage.replies(ana, direct, (all) => all.length > 0);
  assert.match(bodyOf(said[0]), /About \[this thread\]\(https:\/\/matrix\.to\/.*I could not answer there/s);
});
