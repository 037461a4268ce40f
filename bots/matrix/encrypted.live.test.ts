import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { until } from '#core/testing/until.ts';
import { encryption, SealedPerson } from './testing/sealed-person.ts';
import { bodyOf, type MatrixStage, openMatrixStage, threadOf } from './testing/stage.ts';
import { startSynapse } from './testing/synapse.ts';
import type { MatrixEvent } from './types.ts';

const synapse = await startSynapse({ after });
const encryptionKey = '5eed'.repeat(16);

const inThread = (root: string, words: RegExp) => (all: MatrixEvent[]) =>
  all.some((post) => threadOf(post) === root && words.test(bodyOf(post)));

/** Somebody with an encrypted client, alone in a room with the bot. */
async function sealedRoom(stage: MatrixStage, name = 'ana') {
  const ana = await SealedPerson.of(await synapse.account(name));
  const room = await stage.roomWith(ana, { initial_state: [encryption] });
  return { ana, room };
}

test('in an encrypted room it reads, asks and answers, and the homeserver sees no word of it', async (t) => {
  const stage = await openMatrixStage(t, synapse);
  const role = await stage.start({ encryptionKey });
  const mentions = [stage.bot.userId];
  const { ana, room } = await sealedRoom(stage);
  const asked = await ana.say(room, 'careful $ echo harmless', { mentions });
  const said = await stage.replies(ana, room, inThread(asked, /may I/));
  const card = said.find((post) => /may I/.test(bodyOf(post)));
  await ana.react(room, card?.event_id ?? '', '✅ Allow once');
  await stage.replies(ana, room, inThread(asked, /with your permission/));
  await ana.say(room, 'say in the thread', { thread: asked });
  await stage.replies(ana, room, inThread(asked, /^in the thread/));
  // The card is edited to say what became of it.
  const edited = await until(
    async () =>
      (await ana.timeline(room)).find(
        ({ sender, content }) =>
          sender === stage.bot.userId &&
          /allowed this once/.test(JSON.stringify(content['m.new_content'] ?? '')),
      ),
    'the outcome on the card',
  );
  assert.equal(edited.type, 'm.room.message');
  const raw = await ana.raw(room);
  assert.deepEqual(
    raw.filter(({ type }) => type === 'm.room.message').map(bodyOf),
    [],
    'nothing is written in the clear',
  );
  assert.doesNotMatch(JSON.stringify(raw), /harmless|may I|permission/);
  assert.equal(await ana.isVouchedFor(stage.bot.userId), true, 'its owner vouches for its device');
  assert.equal(role.keysFault(), null);
});

test('a message is edited and files go both ways, all of it encrypted', async (t) => {
  const stage = await openMatrixStage(t, synapse);
  await stage.start({ encryptionKey });
  const mentions = [stage.bot.userId];
  const { ana, room } = await sealedRoom(stage);
  const first = await ana.say(room, 'slow', { mentions });
  await until(() => stage.core.turns.byMessage('matrix', `${room}/${first}`), 'the turn');
  const second = await ana.say(room, 'say before', { thread: first });
  await until(() => stage.core.turns.byMessage('matrix', `${room}/${second}`), 'the queued turn');
  await ana.edit(room, second, 'say after');
  await until(async () => {
    const { rows } = await stage.core.database.pool.query(`SELECT 1 FROM turn WHERE text = 'say after'`);
    return rows[0] ?? null;
  }, 'the edited text');
  await ana.say(room, 'stop', { thread: first });
  await stage.replies(ana, room, inThread(first, /^after/));

  const content = Buffer.from('three words here');
  const { sent } = await ana.sendFile(room, 'notes.txt', content, 'say got it', mentions);
  await stage.replies(ana, room, inThread(sent, /^got it/));
  const { rows } = await stage.core.database.pool.query('SELECT name, size, blob FROM file');
  assert.deepEqual([rows[0].name, rows[0].size], ['notes.txt', content.length]);
  assert.equal(Buffer.from(await stage.core.blobs.get(rows[0].blob)).toString(), String(content));

  const forged = await ana.sendFile(room, 'forged.txt', content, 'say never', mentions, { forge: true });
  const refusal = await stage.replies(
    ana,
    room,
    inThread(forged.sent, /forged\.txt is not the file that was sent/),
  );
  assert.ok(refusal.length > 0);

  const wanted = await ana.say(room, 'file plan.html', { mentions });
  const said = await stage.replies(
    ana,
    room,
    (all) =>
      all.filter((post) => threadOf(post) === wanted && post.content.msgtype === 'm.file').length === 1,
  );
  const file = said.find(({ content: { msgtype } }) => msgtype === 'm.file');
  assert.equal((await ana.openFile(file)).toString(), 'a file from the sandbox\n');
});

test('I1: keys that come after their message are waited for; those that never come are asked for, once', async (t) => {
  const stage = await openMatrixStage(t, synapse);
  const role = await stage.start({ encryptionKey });
  const mentions = [stage.bot.userId];
  const { ana, room } = await sealedRoom(stage);
  ana.shares = false;
  const late = await ana.say(room, 'say better late', { mentions });
  const waiting = async () =>
    (await stage.core.database.pool.query('SELECT message FROM unread_message')).rows.map(
      ({ message }) => message,
    );
  await until(async () => ((await waiting()).includes(late) ? true : null), 'the message to wait');
  // What waits outlives the process.
  await role.stop();
  await stage.start({ encryptionKey });
  await ana.shareLate();
  await stage.replies(ana, room, inThread(late, /^better late/));
  assert.deepEqual(await waiting(), []);

  const { ana: ben, room: other } = await sealedRoom(stage, 'ben');
  ben.shares = false;
  const never = [
    await ben.say(other, 'say one', { mentions }),
    await ben.say(other, 'say two', { mentions }),
  ];
  await until(async () => ((await waiting()).length === 2 ? true : null), 'both to wait');
  await stage.core.database.pool.query(`UPDATE unread_message SET seen_at = now() - interval '2 minutes'`);
  // Whatever comes next from the homeserver lets it look again.
  await ben.react(other, never[0] ?? '', '👍');
  const asks = (all: MatrixEvent[]) => all.filter((post) => /has not given me the key/.test(bodyOf(post)));
  const said = await stage.replies(ben, other, (all) => asks(all).length > 0);
  assert.ok(never.includes(threadOf(asks(said)[0]) ?? ''));
  const told = async () =>
    (await stage.core.database.pool.query('SELECT 1 FROM unread_message WHERE told')).rowCount === 2;
  await until(async () => (await told()) || null, 'both to be told');
  const { rows } = await stage.core.database.pool.query(
    `SELECT 1 FROM notice WHERE key LIKE 'matrix/unread/%'`,
  );
  assert.equal(rows.length, 1, 'one word for both: they have the same key');
});

test('I8: two processes share the keys: each reads and writes with what the other has left', async (t) => {
  const stage = await openMatrixStage(t, synapse);
  const first = await stage.start({ encryptionKey });
  await stage.start({ encryptionKey });
  const mentions = [stage.bot.userId];
  const { ana, room } = await sealedRoom(stage);
  const asked: string[] = [];
  for (let n = 0; n < 6; n += 1) asked.push(await ana.say(room, `say number ${n}`, { mentions }));
  await first.stop();
  for (let n = 6; n < 9; n += 1) asked.push(await ana.say(room, `say number ${n}`, { mentions }));
  const said = await stage.replies(ana, room, (all) => asked.every((root) => inThread(root, /^number/)(all)));
  for (const [n, root] of asked.entries()) {
    const answers = said.filter((post) => threadOf(post) === root && post.content.msgtype === 'm.text');
    assert.deepEqual(
      answers.map((post) => bodyOf(post).split('\n')[0]),
      [`number ${n}`],
    );
  }
});

test('lost keys are said in the room and in the health of the role, and nothing goes out in the clear', async (t) => {
  const stage = await openMatrixStage(t, synapse);
  const first = await stage.start({ encryptionKey });
  const mentions = [stage.bot.userId];
  const { ana, room } = await sealedRoom(stage);
  const asked = await ana.say(room, 'slow', { mentions });
  const turn = await until(() => stage.core.turns.byMessage('matrix', `${room}/${asked}`), 'the turn');
  await first.stop();
  await stage.core.database.pool.query('DELETE FROM device');
  const second = await stage.start({ encryptionKey });
  await until(async () => second.keysFault(), 'the loss to be noticed');
  assert.match(second.keysFault() ?? '', /my keys \(of the device .*\) are lost/);
  await stage.core.turns.stop(turn.turnId, { userId: turn.authorId, name: 'ana' });
  stage.core.live.publish({ kind: 'stop', sessionId: turn.sessionId, turnId: turn.turnId });
  const said = await stage.replies(ana, room, inThread(asked, /neither read nor write/));
  assert.ok(said.every((post) => !/Stopped by/.test(bodyOf(post))));
  await ana.say(room, 'say are you there', { mentions });
  await stage.replies(ana, room, (all) =>
    all.some((post) => threadOf(post) === null && /neither read nor write.*are lost/.test(bodyOf(post))),
  );
  // Plain rooms go on.
  const plain = await synapse.person('ben');
  const open = await stage.roomWith(plain);
  const root = await plain.say(open, 'say as ever', { mentions });
  await stage.replies(plain, open, inThread(root, /^as ever/));
  await second.stop();

  // Another key opens another device, which a password makes.
  const proof = { password: stage.bot.password, home: stage.core.home, device: 'ANOTHER' };
  const third = await stage.start({ encryptionKey: 'beef'.repeat(16), proof });
  // From then on its new device is known to others.
  await until(async () => (third.sync.state().state === 'connected' ? true : null), 'the new device');
  const again = await ana.say(room, 'say here again', { mentions });
  await stage.replies(ana, room, inThread(again, /^here again/));
  assert.equal(third.keysFault(), null);
});

test('a wrong key is said as such', async (t) => {
  const stage = await openMatrixStage(t, synapse);
  const first = await stage.start({ encryptionKey });
  await sealedRoom(stage);
  await first.stop();
  const second = await stage.start({ encryptionKey: 'dead'.repeat(16) });
  await until(async () => second.keysFault(), 'the wrong key to be noticed');
  assert.match(second.keysFault() ?? '', /MATRIX_ENCRYPTION_KEY does not open them/);
});
