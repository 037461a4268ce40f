import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, test } from 'node:test';
import { holdToVerbTable } from '#bots/testing/verb-table.ts';
import { until } from '#core/testing/until.ts';
import type { Person } from './testing/person.ts';
import { bodyOf, openMatrixStage, threadOf } from './testing/stage.ts';
import { startSynapse } from './testing/synapse.ts';
import { type MatrixEvent, messageIdentity } from './types.ts';

const synapse = await startSynapse({ after });

const inThread = (root: string, words: RegExp) => (all: MatrixEvent[]) =>
  all.some((post) => threadOf(post) === root && words.test(bodyOf(post)));

/** The room that the bot has opened for one person alone, once they are in it. */
async function directRoom(person: Person): Promise<string> {
  type Invites = { rooms?: { invite?: Record<string, unknown> } };
  const room = await until(async () => {
    // Without a filter of its own it would come from Synapse's cache.
    const filter = encodeURIComponent(JSON.stringify({ presence: { not_types: [randomUUID()] } }));
    const { rooms } = await person.call<Invites>('GET', `/sync?timeout=0&filter=${filter}`);
    return Object.keys(rooms?.invite ?? {})[0];
  }, 'an invitation');
  await person.join(room);
  return room;
}

test('every verb is done, asked, or explained as the table of verb × surface says', async (t) => {
  const stage = await openMatrixStage(t, synapse, { worker: false });
  await stage.start();
  const mentions = [stage.bot.userId];
  const ana = await synapse.person('ana');
  const ben = await synapse.person('ben');
  const room = await stage.roomWith(ana, { invite: [...mentions, ben.userId] });
  await ben.join(room);
  const thread = await ana.say(room, 'say hello', { mentions });
  await until(() => stage.core.turns.byMessage('matrix', messageIdentity(room, thread)), 'the turn');
  const said = async (text: string, more: { mentions?: string[] } = {}) =>
    messageIdentity(room, await ana.say(room, text, { thread, ...more }));
  await holdToVerbTable(stage.core, 'matrix_bang', { say: (text) => said(`!deckhand ${text}`) });
  await holdToVerbTable(stage.core, 'matrix_mention', { say: (text) => said(text, { mentions }) });
  await holdToVerbTable(stage.core, 'matrix_reply', { say: (text) => said(text) });
});

test('a schedule by !deckhand is saved in words, by its owner alone, and fires in a new thread of the room', async (t) => {
  const stage = await openMatrixStage(t, synapse);
  const role = await stage.start();
  const ana = await synapse.person('ana');
  const ben = await synapse.person('ben');
  const room = await stage.roomWith(ana, { invite: [stage.bot.userId, ben.userId] });
  await ben.join(room);
  const root = await ana.say(room, '!deckhand every weekday at 9:00 say the backups are fine');
  const asked = await stage.replies(ana, room, inThread(root, /I understood: every weekday at 09:00/));
  const question = bodyOf(asked.find((post) => /I understood/.test(bodyOf(post))));
  const [save = ''] = /!deckhand schedules save sch_\w+/.exec(question) ?? [];
  await ben.say(room, save, { thread: root });
  await stage.replies(ana, room, inThread(root, /no such schedule of yours/));
  await ana.say(room, save, { thread: root });
  await stage.replies(ana, room, inThread(root, /^Saved\./));
  await role.fire();
  const all = await stage.replies(ana, room, (said) =>
    said.some((post) => /the backups are fine/.test(bodyOf(post)) && /⚓/.test(bodyOf(post))),
  );
  const opening = all.filter((post) => /^⏰/.test(bodyOf(post)));
  assert.equal(opening.length, 1);
  assert.equal(threadOf(opening[0]), null, 'it stands in the room itself');
  assert.match(bodyOf(opening[0]), /every weekday at 09:00 · for /);
  const answer = all.find((post) => /⚓/.test(bodyOf(post)));
  assert.equal(threadOf(answer), opening[0]?.event_id);
});

test('schedules are listed, paused and deleted in words; the list is for its owner alone', async (t) => {
  const stage = await openMatrixStage(t, synapse, { worker: false });
  await stage.start();
  const ana = await synapse.person('ana');
  const ben = await synapse.person('ben');
  const room = await stage.roomWith(ana, { invite: [stage.bot.userId, ben.userId] });
  await ben.join(room);
  const root = await ana.say(room, '!deckhand every day at 9:00 say one');
  const asked = await stage.replies(ana, room, inThread(root, /schedules save/));
  const [save = ''] =
    asked.map((post) => /!deckhand schedules save sch_\w+/.exec(bodyOf(post))?.[0]).filter((one) => !!one) ??
    [];
  await ana.say(room, save, { thread: root });
  await stage.replies(ana, room, inThread(root, /^Saved\./));
  await ana.say(room, '!deckhand schedules', { thread: root });
  await stage.replies(ana, room, inThread(root, /for you alone/));
  const direct = await directRoom(ana);
  const list = await stage.replies(ana, direct, (said) =>
    said.some((post) => /1 schedule:/.test(bodyOf(post))),
  );
  assert.match(bodyOf(list.at(-1)), /every day at 09:00 .* say one[\s\S]*!deckhand schedules pause sch_/);
  // In a conversation of two everything is for its reader alone.
  const paused = await ana.say(direct, 'schedules pause 1');
  await stage.replies(ana, direct, inThread(paused, /^Paused\./));
  const again = await ana.say(direct, 'schedules');
  await stage.replies(ana, direct, inThread(again, /paused/));
  const gone = await ana.say(direct, 'schedules delete 1');
  await stage.replies(ana, direct, inThread(gone, /^Deleted: every day at 09:00/));
  const inRoom = await ana.saidBy(room, stage.bot.userId);
  assert.ok(inRoom.every((post) => !/1 schedule:/.test(bodyOf(post))));
});

test('a schedule whose room has thrown us out is paused, and its owner is told directly, once', async (t) => {
  const stage = await openMatrixStage(t, synapse, { worker: false });
  const role = await stage.start();
  const ana = await synapse.person('ana');
  const room = await stage.roomWith(ana);
  const root = await ana.say(room, '!deckhand every day at 9:00 say one');
  const asked = await stage.replies(ana, room, inThread(root, /schedules save/));
  const question = asked.map(bodyOf).find((body) => /schedules save/.test(body)) ?? '';
  await ana.say(room, /!deckhand schedules save sch_\w+/.exec(question)?.[0] ?? '', { thread: root });
  await stage.replies(ana, room, inThread(root, /^Saved\./));
  await ana.call('POST', `/rooms/${encodeURIComponent(room)}/kick`, { user_id: stage.bot.userId });
  await role.fire();
  const direct = await directRoom(ana);
  const said = await stage.replies(ana, direct, (all) =>
    all.some((post) => /I paused the schedule/.test(bodyOf(post))),
  );
  assert.equal(said.filter((post) => /I paused the schedule/.test(bodyOf(post))).length, 1);
  const [schedule] = await stage.core.schedules.list({ limit: 1 });
  assert.equal(schedule?.state, 'paused');
});

test('I7: always, in words, allows a host in its thread and proposes it to an administrator', async (t) => {
  const stage = await openMatrixStage(t, synapse);
  await stage.start();
  const ana = await synapse.person('ana');
  const room = await stage.roomWith(ana);
  const thread = await ana.say(room, 'reach api.example.com', { mentions: [stage.bot.userId] });
  await stage.replies(ana, room, inThread(thread, /allow in this thread · always · deny/));
  await ana.say(room, 'always', { thread });
  await stage.replies(ana, room, inThread(thread, /Sent to api\.example\.com/));
  const { rows } = await stage.core.database.pool.query('SELECT rule FROM policy_proposal');
  assert.match(JSON.stringify(rows), /api\.example\.com/);
});

test('the next in line says so; its author takes it back, or has it told to what runs, by a word', async (t) => {
  const stage = await openMatrixStage(t, synapse);
  await stage.start();
  const ana = await synapse.person('ana');
  const room = await stage.roomWith(ana);
  const thread = await ana.say(room, 'slow', { mentions: [stage.bot.userId] });
  await until(() => stage.core.turns.byMessage('matrix', messageIdentity(room, thread)), 'the turn');
  await ana.say(room, 'say never', { thread });
  await stage.replies(ana, room, inThread(thread, /^Queued, next in line\.[\s\S]*Reply "cancel"/));
  await ana.say(room, 'cancel', { thread });
  const turns = async () =>
    (await stage.core.database.pool.query('SELECT text, state FROM turn ORDER BY seq')).rows;
  await until(async () => ((await turns())[1]?.state === 'cancelled' ? true : null), 'the cancelled turn');
  const second = await ana.say(room, 'use staging', { thread });
  await until(() => stage.core.turns.byMessage('matrix', messageIdentity(room, second)), 'the next turn');
  await ana.say(room, 'steer now', { thread });
  await until(async () => {
    const { rows } = await stage.core.database.pool.query(
      `SELECT 1 FROM event WHERE type = 'turn.steer_asked'`,
    );
    return rows.length === 1 ? true : null;
  }, 'the words on their way');
  await ana.say(room, 'stop', { thread });
  await stage.replies(ana, room, inThread(thread, /Stopped by/));
});
