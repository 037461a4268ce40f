import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answers, isAnswer, postWith, settled, turnCount } from '#core/testing/chat-contract/watch.ts';
import { lastFirst } from '#core/testing/last-first.ts';
import { until } from '#core/testing/until.ts';
import { aFile } from './testing/discord-twin.ts';
import { openDiscordStage } from './testing/stage.ts';
import { addChannel, type TwinMessage } from './testing/world.ts';

const fiftyMegabytes = 50_000_000;
const at = ({ id }: TwinMessage) => ({ thread: id, message: id });

test('a direct message needs no mention, and is one conversation', async (t) => {
  const stage = await openDiscordStage(lastFirst(t));
  const ana = stage.twinPerson('ana');
  const { channelId } = ana.tell('say one');
  ana.tell('say two');
  const place = { thread: channelId, message: channelId };
  const texts = (await answers(stage, place, 2)).map(({ text }) => text);
  assert.match(texts.join(), /one[\s\S]*two/);
  assert.equal((await stage.core.sessions.list({ limit: 10 })).length, 1);
});

test('I1: a resumed connection loses nothing and doubles nothing', async (t) => {
  const stage = await openDiscordStage(lastFirst(t));
  const { twin } = stage;
  const ana = stage.twinPerson('ana');
  const ops = twin.channel('ops').id;
  const first = ana.mention(ops, 'say before');
  await answers(stage, at(first), 1);
  twin.gateway.cut();
  const second = ana.mention(ops, 'say while cut');
  await answers(stage, at(second), 1);
  assert.equal(twin.gateway.counts.resume, 1);
  twin.gateway.askToReconnect();
  await twin.until('another resume', () => twin.gateway.counts.resume === 2);
  await answers(stage, at(ana.mention(ops, 'say after')), 1);
  assert.equal(twin.gateway.counts.identify, 1);
  assert.equal(await turnCount(stage), 3);
});

test('I3: what is said in one thread is taken in order, also when the first of it cannot be taken at once', async (t) => {
  const stage = await openDiscordStage(lastFirst(t));
  const ana = stage.twinPerson('ana');
  const root = ana.mention(stage.twin.channel('ops').id, 'say root');
  await answers(stage, at(root), 1);
  // A sequence counts on through what is rolled back: the first two tries fail.
  await stage.core.database.pool.query(`CREATE SEQUENCE tries;
    CREATE FUNCTION fail_twice() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      IF new.text = 'say first' AND nextval('tries') < 3 THEN RAISE EXCEPTION 'away'; END IF;
      RETURN new; END $$;
    CREATE TRIGGER fail_twice BEFORE INSERT ON turn FOR EACH ROW EXECUTE FUNCTION fail_twice()`);
  ana.say(root.id, 'say first');
  ana.say(root.id, 'say second');
  const texts = (await answers(stage, at(root), 3)).map(({ text }) => text);
  assert.match(texts.join(), /root[\s\S]*first[\s\S]*second/);
});

test('I1: after READY without RESUME what was said meanwhile is read, in threads and channels, each once', async (t) => {
  const stage = await openDiscordStage(lastFirst(t));
  const { twin } = stage;
  const ana = stage.twinPerson('ana');
  const ops = twin.channel('ops').id;
  const first = ana.mention(ops, 'say one');
  const direct = ana.tell('say direct');
  await answers(stage, at(first), 1);
  await answers(stage, { thread: direct.channelId, message: direct.id }, 1);
  twin.gateway.down = true;
  twin.gateway.cut({ resumable: false });
  const second = ana.mention(ops, 'say two');
  ana.say(first.id, 'say three');
  ana.tell('say directly again');
  twin.gateway.down = false;
  await answers(stage, at(second), 1);
  await answers(stage, at(first), 2);
  await answers(stage, { thread: direct.channelId, message: direct.id }, 2);
  await settled(stage);
  assert.equal(await turnCount(stage), 5);
});

test('I1: an hour without any process of ours is made good by the next one; a first start answers nothing old', async (t) => {
  const stage = await openDiscordStage(lastFirst(t));
  const { twin } = stage;
  const ana = stage.twinPerson('ana');
  const ops = twin.channel('ops').id;
  await answers(stage, at(ana.mention(ops, 'say before')), 1);
  let comeBack = await stage.goAway();
  const missed = Array.from({ length: 3 }, (_, n) => ana.mention(ops, `say missed ${n}`));
  await comeBack();
  for (const message of missed) await answers(stage, at(message), 1);
  assert.equal(await turnCount(stage), 4);
  comeBack = await stage.goAway();
  await stage.core.database.pool.query('UPDATE seat SET note = NULL');
  const old = ana.mention(ops, 'say before the first start');
  // What is said before READY is read with its channel: whatever is read before it stands there too by then.
  for (const words of ['say now', 'say now again']) {
    const letGo = twin.gateway.hold(0);
    await comeBack();
    const now = ana.mention(ops, words);
    letGo();
    await answers(stage, at(now), 1);
    await settled(stage);
    assert.equal((await stage.posts(at(old))).length, 0);
    comeBack = await stage.goAway();
  }
  assert.equal(await turnCount(stage), 6);
});

test('I1: another process takes over within ten seconds when this one hangs, and nothing is lost or doubled', async (t) => {
  const stage = await openDiscordStage(lastFirst(t));
  const { twin, core } = stage;
  const ana = stage.twinPerson('ana');
  const ops = twin.channel('ops').id;
  await answers(stage, at(ana.mention(ops, 'say before')), 1);
  const other = await stage.another();
  assert.equal(other.connected(), false);
  // As if the process that holds the connection could no longer reach the database: its seat falls.
  const beganMs = Date.now();
  await core.database.pool.query(`UPDATE seat SET holder = 'a process that hangs'`);
  const asked = ana.mention(ops, 'say after');
  await twin.until('the takeover', () => twin.gateway.counts.identify > 1, 10_000);
  assert.ok(Date.now() - beganMs < 10_000);
  await answers(stage, at(asked), 1);
  await settled(stage);
  assert.equal(await turnCount(stage), 2);
});

test('I1: 100 mentions in a burst are each answered once, in their own thread', async (t) => {
  const stage = await openDiscordStage(lastFirst(t));
  const { twin } = stage;
  const ops = twin.channel('ops').id;
  const people = Array.from({ length: 10 }, (_, n) => stage.twinPerson(`person ${n}`));
  const asked = Array.from({ length: 100 }, (_, n) =>
    (people[n % 10] ?? stage.twinPerson('ana')).mention(ops, `say number ${n}.`),
  );
  for (const message of asked) await answers(stage, at(message), 1);
  await settled(stage);
  for (const [n, message] of asked.entries()) {
    const found = (await stage.posts(at(message))).filter(isAnswer);
    assert.equal(found.length, 1);
    assert.match(found[0]?.text ?? '', RegExp(`number ${n}\\.`));
    assert.equal(twin.world.channels.get(message.id)?.kind, 'thread');
  }
});

test('a preview that Discord adds is no edit; a mention in a thread of other people begins a session there', async (t) => {
  const stage = await openDiscordStage(lastFirst(t));
  const { twin } = stage;
  const ana = stage.twinPerson('ana');
  const slow = ana.mention(twin.channel('ops').id, 'slow');
  await twin.until('the thread', () => twin.world.channels.get(slow.id));
  const queued = ana.say(slow.id, 'say https://example.com');
  await until(async () => ((await turnCount(stage)) === 2 ? true : null), 'two turns');
  ana.unfurl(queued);
  ana.say(slow.id, 'stop');
  await postWith(stage, at(slow), 'https://example.com');
  const { rows } = await stage.core.database.pool.query(`SELECT 1 FROM event WHERE type = 'turn.edited'`);
  assert.equal(rows.length, 0);
});

test('a file reaches the turn; one of 50 MB is refused by name, and nothing is started', async (t) => {
  const stage = await openDiscordStage(lastFirst(t));
  const { twin, core } = stage;
  const ana = stage.twinPerson('ana');
  const ops = twin.channel('ops').id;
  const asked = ana.mention(ops, 'say got it', [aFile('notes.txt', 'hello')]);
  await answers(stage, at(asked), 1);
  const { rows } = await core.database.pool.query('SELECT name, blob FROM file WHERE turn_id IS NOT NULL');
  assert.deepEqual(
    rows.map(({ name }) => name),
    ['notes.txt'],
  );
  assert.equal(Buffer.from(await core.blobs.get(rows[0].blob)).toString(), 'hello');
  const downloads = () => twin.calls.filter((call) => call.startsWith('GET /cdn/')).length;
  assert.equal(downloads(), 1);
  const large = ana.mention(ops, 'say no', [aFile('dump.sql', Buffer.alloc(fiftyMegabytes))]);
  await postWith(stage, at(large), /I did not start this: dump\.sql is larger than 1 MiB/);
  assert.equal(downloads(), 1, 'what is too large is not fetched first');
  assert.equal(await turnCount(stage), 1);
});

test('a missing permission is named in the channel, and nothing is run', async (t) => {
  const stage = await openDiscordStage(lastFirst(t));
  const { twin } = stage;
  const ops = twin.channel('ops');
  ops.permissions.delete('CREATE_PUBLIC_THREADS');
  const asked = stage.twinPerson('ana').mention(ops.id, 'say hello');
  await postWith(stage, at(asked), /I did not start this\..*Create Public Threads/);
  assert.equal(await turnCount(stage), 0);
});

test('where no thread can be begun the asker is told what to do instead, and nothing is run', async (t) => {
  const stage = await openDiscordStage(lastFirst(t));
  const { twin } = stage;
  const { id } = addChannel(twin.world, { kind: 'voice', name: 'bridge', guildId: twin.guild.id });
  const asked = stage.twinPerson('ana').mention(id, 'say hello');
  await postWith(stage, at(asked), /no thread can be begun in this kind of channel; ask in a text channel/);
  assert.equal(await turnCount(stage), 0);
});

test('I1: a mention of the role that Discord made for the bot is one of the bot, or says that it could not be read', async (t) => {
  for (const messageContent of [true, false]) {
    const stage = await openDiscordStage(lastFirst(t), { messageContent });
    const { twin } = stage;
    const ana = stage.twinPerson('ana');
    const role = `<@&${twin.guild.ownRole}>`;
    const ops = twin.channel('ops').id;
    const asked = ana.say(ops, `${role} say hello`);
    if (messageContent) {
      const [answer] = await answers(stage, at(asked), 1);
      assert.match(answer?.text ?? '', /^hello/);
      ana.say(ops, `> ${role} said so`);
    } else {
      await postWith(stage, at(asked), /You mentioned my role, .* Mention me instead/);
    }
    await answers(stage, at(ana.mention(ops, 'say again')), 1);
    await settled(stage);
    assert.equal(await turnCount(stage), messageContent ? 2 : 1);
  }
});

test('without message content a thread is told once that we cannot read, with a button to reply', async (t) => {
  const stage = await openDiscordStage(lastFirst(t), { messageContent: false });
  const { twin } = stage;
  const ana = stage.twinPerson('ana');
  const asked = ana.mention(twin.channel('ops').id, 'say one');
  const [answer] = await answers(stage, at(asked), 1);
  ana.say(asked.id, 'say unread');
  const told = await postWith(stage, at(asked), 'I cannot read messages here without a mention');
  ana.say(asked.id, 'say unread too');
  ana.reply(stage.messageOf({ thread: '', message: answer?.id ?? '' }), 'say pinged');
  await answers(stage, at(asked), 2);
  await settled(stage);
  const words = (await stage.posts(at(asked))).filter(({ text }) => text.includes('cannot read'));
  assert.equal(words.length, 1);

  const pressed = ana.press(stage.messageOf({ thread: '', message: told.id }), 'Reply');
  const modal = await twin.until('the form', () =>
    twin.world.modals.find(({ interactionId }) => interactionId === pressed.id),
  );
  const sent = ana.submit(modal, { text: 'say by form' });
  await twin.until('the acknowledgement', () => sent.answer);
  const texts = (await answers(stage, at(asked), 3)).map(({ text }) => text);
  assert.match(texts.at(-1) ?? '', /by form/);
});

test('a mention in the middle of a thread brings what was said before, with its authors; a reply what it replies to', async (t) => {
  const stage = await openDiscordStage(lastFirst(t), { worker: false });
  const { twin, core } = stage;
  const [ana, ben] = [stage.twinPerson('ana'), stage.twinPerson('ben')];
  const ops = twin.channel('ops').id;
  const thread = addChannel(twin.world, {
    ...{ kind: 'thread', name: 'backups', guildId: twin.guild.id, parentId: ops },
  });
  ana.say(thread.id, 'the backup failed');
  ben.say(thread.id, 'the disk is full');
  ana.mention(thread.id, 'what do you think?');
  ben.say(thread.id, 'me too');
  const earlier = ben.say(ops, 'the build is red');
  const replied = ana.reply(earlier, `<@${twin.botId}> why?`);
  await until(async () => ((await turnCount(stage)) === 3 ? true : null), 'three turns');
  const { rows } = await core.database.pool.query<{ body: string }>(
    `SELECT body FROM event WHERE type = 'turn.submitted'`,
  );
  const bodies = rows.map(({ body }) => JSON.parse(body) as { text: string; quoted?: unknown });
  const quotedBy = (text: string) => bodies.find((one) => one.text === text)?.quoted;
  assert.deepEqual(quotedBy('what do you think?'), [
    { name: 'ana', text: 'the backup failed' },
    { name: 'ben', text: 'the disk is full' },
  ]);
  assert.equal(quotedBy('me too'), undefined);
  assert.deepEqual(quotedBy('why?'), [{ name: 'ben', text: 'the build is red' }], replied.id);
});

test('while a turn runs its thread shows that somebody types', async (t) => {
  const stage = await openDiscordStage(lastFirst(t));
  const { twin } = stage;
  const asked = stage.twinPerson('ana').mention(twin.channel('ops').id, 'slow');
  await twin.until('typing', () => twin.world.typing.some(({ channelId }) => channelId === asked.id));
  stage.twinPerson('ana').say(asked.id, 'stop');
  await postWith(stage, at(asked), 'Stopped by ana');
});
