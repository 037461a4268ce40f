import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { until } from '#core/testing/until.ts';
import type { Person } from './testing/person.ts';
import { bodyOf, openMatrixStage, threadOf } from './testing/stage.ts';
import { startSynapse } from './testing/synapse.ts';

const synapse = await startSynapse({ after });

const membership = async (person: Person, roomId: string, userId: string) =>
  (await person.timeline(roomId)).findLast(
    ({ type, state_key: key }) => type === 'm.room.member' && key === userId,
  )?.content;

test('I1: in an encrypted room it says once that it cannot read, and what to do', async (t) => {
  const stage = await openMatrixStage(t, synapse);
  await stage.start();
  const ana = await synapse.person('ana');
  const encryption = {
    type: 'm.room.encryption',
    state_key: '',
    content: { algorithm: 'm.megolm.v1.aes-sha2' },
  };
  const room = await stage.roomWith(ana, { initial_state: [encryption] });
  for (let n = 0; n < 3; n += 1) {
    await ana.send(room, 'm.room.encrypted', { algorithm: 'm.megolm.v1.aes-sha2', ciphertext: 'AAAA' });
  }
  // A room that becomes encrypted later is said to be so as well.
  const open = await stage.roomWith(ana);
  await ana.setState(open, 'm.room.encryption', { algorithm: 'm.megolm.v1.aes-sha2' });
  const later = await stage.replies(ana, open, (said) => said.length === 2);
  assert.match(bodyOf(later[1]), /I cannot read this room: it is encrypted/);
  const said = await ana.saidBy(room, stage.bot.userId);
  assert.equal(said.length, 1);
  assert.match(bodyOf(said[0]), /cannot read this room.*administrators: docs\/matrix\.md/);
});

test('only people who are allowed can invite it and ask; others are told so, once', async (t) => {
  const stage = await openMatrixStage(t, synapse);
  const mentions = [stage.bot.userId];
  const ana = await synapse.person('ana');
  const ben = await synapse.person('ben');
  await stage.start({ allow: [ana.userId] });
  const bens = await ben.createRoom({ invite: mentions });
  const declined = await until(async () => {
    const now = await membership(ben, bens, stage.bot.userId);
    return now?.membership === 'leave' ? now : null;
  }, 'the invitation to be declined');
  assert.match(String(declined.reason), /only follow invitations of people whom my administrator allows/);

  const room = await stage.roomWith(ana, { invite: [...mentions, ben.userId] });
  await ben.join(room);
  const thread = await ana.say(room, 'say hello', { mentions });
  await ben.say(room, 'say mine', { mentions });
  await ben.say(room, 'say in her thread', { thread });
  await ben.say(room, 'allow', { thread });
  await ben.say(room, 'stop', { thread });
  await ana.say(room, 'say done', { thread });
  const said = await stage.replies(ana, room, (all) => all.some((post) => /^done/.test(bodyOf(post))));
  const refusals = said.filter((post) => /people from other organisations.*MATRIX_ALLOW/.test(bodyOf(post)));
  assert.equal(refusals.length, 2, 'one in each thread');
  const { rows } = await stage.core.database.pool.query('SELECT name FROM "user"');
  assert.deepEqual(
    rows.map(({ name }) => name),
    ['ana'],
  );
});

test('a room that is upgraded is followed; its threads stay, and the new room is greeted once', async (t) => {
  const stage = await openMatrixStage(t, synapse);
  await stage.start();
  const mentions = [stage.bot.userId];
  const ana = await synapse.person('ana');
  const room = await stage.roomWith(ana, { preset: 'public_chat' });
  const path = `/rooms/${encodeURIComponent(room)}/upgrade`;
  const { replacement_room: next } = await ana.call<{ replacement_room: string }>('POST', path, {
    new_version: '10',
  });
  await stage.replies(ana, next, (said) => said.length === 1);
  const asked = await ana.say(next, 'say here now', { mentions });
  const said = await stage.replies(ana, next, (all) => all.length === 2);
  assert.match(bodyOf(said[0]), /came along/);
  assert.equal(threadOf(said[1]), asked);
});

test('it leaves a room that everybody else has left, and a turn of somebody who left is still answered', async (t) => {
  const stage = await openMatrixStage(t, synapse);
  await stage.start();
  const mentions = [stage.bot.userId];
  const ana = await synapse.person('ana');
  const ben = await synapse.person('ben');
  const room = await stage.roomWith(ana, { invite: [...mentions, ben.userId] });
  await ben.join(room);
  const asked = await ben.say(room, 'slow', { mentions });
  const turn = await until(() => stage.core.turns.byMessage('matrix', `${room}/${asked}`), 'the turn');
  await ben.call('POST', `/rooms/${encodeURIComponent(room)}/leave`, {});
  await stage.core.turns.stop(turn.turnId, { userId: turn.authorId, name: 'ana' });
  stage.core.live.publish({ kind: 'stop', sessionId: turn.sessionId, turnId: turn.turnId });
  await stage.replies(ana, room, (all) =>
    all.some((post) => threadOf(post) === asked && /Stopped/.test(bodyOf(post))),
  );
  const admin = ana;
  await admin.call('POST', `/rooms/${encodeURIComponent(room)}/leave`, {});
  const bot = stage.bot;
  await until(async () => {
    const headers = { authorization: `Bearer ${bot.token}` };
    const answer = await fetch(`${synapse.url}/_matrix/client/v3/joined_rooms`, { headers });
    const { joined_rooms: rooms } = (await answer.json()) as { joined_rooms: string[] };
    return rooms.includes(room) ? null : true;
  }, 'the bot to leave');
});

test('I1: unknown and malformed events harm nobody: what comes after them is answered', async (t) => {
  const stage = await openMatrixStage(t, synapse);
  await stage.start();
  const mentions = [stage.bot.userId];
  const ana = await synapse.person('ana');
  const room = await stage.roomWith(ana);
  const odd: [string, unknown][] = [
    ['m.room.message', {}],
    ['m.room.message', { msgtype: 7, body: null }],
    ['m.room.message', { msgtype: 'm.text', body: 'x', 'm.relates_to': 'no object', 'm.mentions': [] }],
    [
      'm.room.message',
      { msgtype: 'm.text', body: '* x', 'm.relates_to': { rel_type: 'm.replace', event_id: '$no' } },
    ],
    ['m.room.message', { msgtype: 'm.image', body: 'x', url: 'https://example.org/x.png' }],
    ['m.reaction', { 'm.relates_to': { rel_type: 'm.annotation', event_id: '$none', key: '✅ Allow once' } }],
    ['org.example.unknown', { anything: [1, 2, { three: null }] }],
    ['m.poll.start', { question: 'what?' }],
  ];
  for (const [type, content] of odd) await ana.send(room, type, content).catch(() => {});
  const asked = await ana.say(room, 'say still here', { mentions });
  await stage.replies(ana, room, (all) => all.some((post) => threadOf(post) === asked));
});

test('files come in with authenticated media; one that is too large is refused with the limit', async (t) => {
  const stage = await openMatrixStage(t, synapse);
  await stage.start({ maxFileBytes: 1024 * 1024 });
  const ana = await synapse.person('ana');
  const room = await stage.roomWith(ana);
  const url = await ana.upload('notes.txt', Buffer.from('three words here'));
  const info = { mimetype: 'text/plain', size: 16 };
  const sent = await ana.send(room, 'm.room.message', {
    ...{ msgtype: 'm.file', body: 'say got it', filename: 'notes.txt', url, info, 'm.mentions': {} },
  });
  await stage.replies(ana, room, (all) => all.some((post) => threadOf(post) === sent));
  const { rows } = await stage.core.database.pool.query('SELECT name, size, blob FROM file');
  assert.deepEqual([rows[0].name, rows[0].size], ['notes.txt', 16]);
  assert.equal(Buffer.from(await stage.core.blobs.get(rows[0].blob)).toString(), 'three words here');

  const big = await ana.upload('big.bin', Buffer.alloc(1024 * 1024 + 1));
  const tooBig = await ana.send(room, 'm.room.message', { msgtype: 'm.file', body: 'big.bin', url: big });
  const said = await stage.replies(ana, room, (all) => all.some((post) => threadOf(post) === tooBig));
  assert.match(bodyOf(said.at(-1)), /big\.bin is larger than 1 MiB/);
});

test('files go out: each is a post of its own, images are shown inline', async (t) => {
  const stage = await openMatrixStage(t, synapse);
  await stage.start();
  const ana = await synapse.person('ana');
  const room = await stage.roomWith(ana);
  const asked = await ana.say(room, 'file plan.html', { mentions: [stage.bot.userId] });
  const said = await stage.replies(
    ana,
    room,
    (all) => all.filter((post) => threadOf(post) === asked).length === 2,
  );
  const file = said.at(-1)?.content as { msgtype: string; filename: string; url: string };
  assert.deepEqual([file.msgtype, file.filename], ['m.file', 'plan.html']);
  const [, , server, media] = file.url.split('/');
  const headers = { authorization: `Bearer ${ana.account.token}` };
  const got = await fetch(`${synapse.url}/_matrix/client/v1/media/download/${server}/${media}`, { headers });
  assert.equal(await got.text(), 'a file from the sandbox\n');
});

test('model output pings nobody and shows markup as text', async (t) => {
  const stage = await openMatrixStage(t, synapse);
  await stage.start();
  const ana = await synapse.person('ana');
  const room = await stage.roomWith(ana);
  const evil = `@room ${ana.userId} <img src=x onerror=alert(1)> <b>hi</b> [x](javascript:alert(1)) ![i](https://e.org/t.png)`;
  const asked = await ana.say(room, `say ${evil}`, { mentions: [stage.bot.userId] });
  const said = await stage.replies(ana, room, (all) => all.some((post) => threadOf(post) === asked));
  const content = said.at(-1)?.content ?? {};
  assert.deepEqual(content['m.mentions'], {});
  const html = String(content.formatted_body);
  assert.doesNotMatch(html, /<img|<b>|href="javascript|onerror=alert\(1\)>/);
  assert.match(html, /&lt;img/);
  // The homeserver itself counts who was called.
  type Sync = { rooms: { join: Record<string, { unread_notifications: { highlight_count: number } }> } };
  const sync = await ana.call<Sync>('GET', '/sync?timeout=0');
  assert.equal(sync.rooms.join[room]?.unread_notifications.highlight_count, 0);
});
