import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answers, isAnswer, postWith, settled } from '#core/testing/chat-contract/watch.ts';
import { lastFirst } from '#core/testing/last-first.ts';
import { until } from '#core/testing/until.ts';
import { openDiscordStage } from './testing/stage.ts';
import type { TwinMessage } from './testing/world.ts';

const at = ({ id }: TwinMessage) => ({ thread: id, message: id });

test('a thread that is archived in mid-turn gets its answer; a locked one does not, and the asker is told directly', async (t) => {
  const stage = await openDiscordStage(lastFirst(t));
  const { twin } = stage;
  const ana = stage.twinPerson('ana');
  const ops = twin.channel('ops').id;
  const archived = ana.mention(ops, 'careful $ echo one');
  const card = await postWith(stage, at(archived), 'echo one');
  ana.close(archived.id, { archived: true });
  ana.press(stage.messageOf({ thread: '', message: card.id }), 'Allow once');
  await postWith(stage, at(archived), 'with your permission');
  const locked = ana.mention(ops, 'careful $ echo two');
  const other = await postWith(stage, at(locked), 'echo two');
  ana.close(locked.id, { locked: true });
  ana.press(stage.messageOf({ thread: '', message: other.id }), 'Deny');
  const direct = await twin.until('a direct message', () =>
    [...twin.world.channels.values()].find(({ kind, recipient, messages }) => {
      const words = [...messages.values()].map(twin.words).join('\n');
      return kind === 'dm' && recipient === ana.id && words.includes('I could not answer there');
    }),
  );
  assert.match([...direct.messages.values()].map(twin.words).join('\n'), /did not run it/);
});

test('I7: a card that is over an hour old is settled by a new line, since Discord takes no edits of it', async (t) => {
  const stage = await openDiscordStage(lastFirst(t));
  const { twin } = stage;
  const ana = stage.twinPerson('ana');
  const asked = ana.mention(twin.channel('ops').id, 'careful $ echo hi');
  const card = await postWith(stage, at(asked), 'echo hi');
  const message = stage.messageOf({ thread: '', message: card.id });
  // The message is from two hours ago, by its id and by Discord's books.
  const [channel] = [...twin.world.channels.values()].filter(({ messages }) => messages.has(message.id));
  channel?.messages.delete(message.id);
  const old = String(BigInt(message.id) - (BigInt(2 * 3_600_000) << 22n));
  channel?.messages.set(old, Object.assign(message, { id: old, createdMs: message.createdMs - 7_200_000 }));
  await stage.core.database.pool.query('UPDATE post SET platform_id = $1 WHERE platform_id = $2', [
    old,
    card.id,
  ]);
  ana.press(message, 'Allow once');
  const line = await postWith(stage, at(asked), /✅ .* allowed this once/);
  assert.notEqual(line.id, old);
  await postWith(stage, at(asked), 'with your permission');
  assert.equal(twin.buckets.invalid, 0);
});

test('a card that was deleted under the bot is settled by a new line', async (t) => {
  const stage = await openDiscordStage(lastFirst(t));
  const { twin } = stage;
  const ana = stage.twinPerson('ana');
  const asked = ana.mention(twin.channel('ops').id, 'careful $ echo hi');
  const card = await postWith(stage, at(asked), 'echo hi');
  const message = stage.messageOf({ thread: '', message: card.id });
  const [approval] = await stage.core.approvals.listOpen(1);
  ana.delete(message);
  const by = { userId: approval?.authorId ?? '', name: 'ana' };
  await stage.core.approvals.decide(approval?.approvalId ?? '', {
    grant: true,
    scope: 'once',
    by,
    revision: 1,
  });
  await stage.core.bell.ring(approval?.sessionId ?? '');
  await postWith(stage, at(asked), /✅ ana allowed this once/);
});

test('@everyone, roles and people in what a model says ping nobody', async (t) => {
  const stage = await openDiscordStage(lastFirst(t));
  const { twin } = stage;
  const [ana, ben] = [stage.twinPerson('ana'), stage.twinPerson('ben')];
  const asked = ana.mention(twin.channel('ops').id, `say @everyone @here look, <@${ben.id}>`);
  const [answer] = await answers(stage, at(asked), 1);
  const message = stage.messageOf({ thread: '', message: answer?.id ?? '' });
  assert.match(message.content, /@everyone/);
  assert.deepEqual([message.mentionEveryone, message.mentions], [false, []]);
});

test('a file that the agent sends stands under its answer', async (t) => {
  const stage = await openDiscordStage(lastFirst(t));
  const asked = stage.twinPerson('ana').mention(stage.twin.channel('ops').id, 'file report.html');
  const [answer] = await answers(stage, at(asked), 1);
  const { files } = stage.messageOf({ thread: '', message: answer?.id ?? '' });
  assert.deepEqual(
    files.map(({ name, bytes }) => [name, bytes.toString()]),
    [['report.html', 'a file from the sandbox\n']],
  );
});

test('under the limits of Discord all is said in the end, once, and no call was made that Discord had to refuse', async (t) => {
  const stage = await openDiscordStage(lastFirst(t), { limits: true });
  const { twin } = stage;
  const ana = stage.twinPerson('ana');
  const asked = ana.mention(twin.channel('ops').id, 'say number 0.');
  await answers(stage, at(asked), 1);
  for (let n = 1; n < 8; n += 1) ana.say(asked.id, `say number ${n}.`);
  await answers(stage, at(asked), 8);
  await settled(stage);
  const found = (await stage.posts(at(asked)))
    .filter(isAnswer)
    .map(({ text }) => /number (\d)/.exec(text)?.[1]);
  assert.deepEqual(found, ['0', '1', '2', '3', '4', '5', '6', '7']);
  assert.ok(twin.buckets.invalid < 5, `${twin.buckets.invalid} calls were refused`);
});

test('I1: a post that went out before a crash is found again by its key, also when its nonce is long forgotten', async (t) => {
  const stage = await openDiscordStage(lastFirst(t));
  const { twin, core } = stage;
  const asked = stage.twinPerson('ana').mention(twin.channel('ops').id, `say ${'many words '.repeat(400)}`);
  await answers(stage, at(asked), 1);
  await settled(stage);
  const before = (await stage.posts(at(asked))).length;
  assert.ok(before > 2);
  const comeBack = await stage.goAway();
  // As if the process had died between the post and its record, ten minutes ago.
  twin.world.clock.advance(600_000);
  await core.database.pool.query(`UPDATE post SET state = 'reserved', platform_id = NULL`);
  await core.database.pool.query('UPDATE session SET shown_seq = 0, shown_until = NULL');
  await comeBack();
  await until(async () => {
    const { rows } = await core.database.pool.query(`SELECT 1 FROM post WHERE state = 'reserved'`);
    return rows.length === 0 ? true : null;
  }, 'the record');
  assert.equal((await stage.posts(at(asked))).length, before);
});
