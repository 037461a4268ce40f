import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answers, postWith, turnCount } from '#core/testing/chat-contract/watch.ts';
import { lastFirst } from '#core/testing/last-first.ts';
import { told } from './testing/answer-to.ts';
import { flatten } from './testing/check-message.ts';
import type { DiscordTwin } from './testing/discord-twin.ts';
import type { Pending } from './testing/interactions.ts';
import { openDiscordStage } from './testing/stage.ts';
import type { TwinMessage } from './testing/world.ts';

const at = ({ id }: TwinMessage) => ({ thread: id, message: id });

async function registered(twin: DiscordTwin): Promise<void> {
  await twin.until('the commands', () => twin.world.app.commands.get('global'));
}

test('/deckhand new begins a thread in a channel; the same verbs work as commands in it', async (t) => {
  const stage = await openDiscordStage(lastFirst(t));
  const { twin } = stage;
  await registered(twin);
  const ana = stage.twinPerson('ana');
  const ops = twin.channel('ops').id;
  const words = await told(twin, ana.slash(ops, 'deckhand', 'new', { request: 'say by command' }));
  const [, thread = ''] = /channels\/\d+\/(\d+)/.exec(words) ?? [];
  await answers(stage, { thread, message: thread }, 1);
  assert.match(twin.words(twin.posts(ops)[0] as TwinMessage), /ana: say by command/);
  assert.match(await told(twin, ana.slash(thread, 'deckhand', 'status')), /Nothing runs/);
  assert.match(await told(twin, ana.slash(thread, 'deckhand', 'help')), /What I understand here/);
  assert.match(await told(twin, ana.slash(thread, 'deckhand', 'stop')), /nothing to stop/);
  assert.match(await told(twin, ana.slash(thread, 'deckhand', 'retry')), /Asked again/);
  await answers(stage, { thread, message: thread }, 2);
});

test('the commands are registered in the end, also where Discord cannot be reached at first', async (t) => {
  const stage = await openDiscordStage(lastFirst(t));
  const { twin } = stage;
  await registered(twin);
  const comeBack = await stage.goAway();
  twin.world.app.commands.clear();
  twin.switches.spoil(/^PUT \/applications\/\d+\/commands$/, 1, 'unreached');
  await comeBack();
  await registered(twin);
});

test('/deckhand new without a request opens a form, as the first answer', async (t) => {
  const stage = await openDiscordStage(lastFirst(t));
  const { twin } = stage;
  await registered(twin);
  const ana = stage.twinPerson('ana');
  const asked = ana.slash(twin.channel('ops').id, 'deckhand', 'new');
  const modal = await twin.until('the form', () =>
    twin.world.modals.find(({ interactionId }) => interactionId === asked.id),
  );
  const words = await told(twin, ana.submit(modal, { text: 'say by form' }));
  const [, thread = ''] = /channels\/\d+\/(\d+)/.exec(words) ?? [];
  await postWith(stage, { thread, message: thread }, 'by form');
});

test('threads are completed as they are typed, and only the own ones', async (t) => {
  const stage = await openDiscordStage(lastFirst(t));
  const { twin } = stage;
  await registered(twin);
  const [ana, ben] = [stage.twinPerson('ana'), stage.twinPerson('ben')];
  const ops = twin.channel('ops').id;
  await answers(stage, at(ana.mention(ops, 'say backups are fine')), 1);
  await answers(stage, at(ben.mention(ops, 'say upgrades are fine')), 1);
  const typed = ana.typing(ops, 'deckhand', 'status', 'thread', 'are');
  const answer = await twin.until('choices', () => typed.answer);
  const choices = (answer.data.choices ?? []) as { name: string; value: string }[];
  assert.deepEqual(
    choices.map(({ name }) => name.includes('backups')),
    [true],
  );
  const chosen = ana.slash(ops, 'deckhand', 'status', { thread: choices[0]?.value ?? '' });
  assert.match(await told(twin, chosen), /Nothing runs/);
  assert.match(
    await told(twin, ben.slash(ops, 'deckhand', 'status', { thread: choices[0]?.value ?? '' })),
    /no such thread/,
  );
});

test('a command or a button of an older version is explained', async (t) => {
  const stage = await openDiscordStage(lastFirst(t));
  const { twin } = stage;
  await registered(twin);
  const ana = stage.twinPerson('ana');
  const ops = twin.channel('ops').id;
  assert.match(await told(twin, ana.slash(ops, 'deckhand', 'sing')), /This command has changed/);
  const asked = ana.mention(ops, 'say hello');
  const [post] = await answers(stage, at(asked), 1);
  const message = stage.messageOf({ thread: '', message: post?.id ?? '' });
  for (const one of flatten(message.components)) if (one.type === 2) one.custom_id = 'older-button';
  assert.match(await told(twin, ana.press(message, 'older')), /another version of me/);
});

test('Receipt tells one person what left the room, and how to verify it', async (t) => {
  const stage = await openDiscordStage(lastFirst(t));
  const { twin } = stage;
  const ana = stage.twinPerson('ana');
  const asked = ana.mention(twin.channel('ops').id, '$ uname -a');
  const [post] = await answers(stage, at(asked), 1);
  const message = stage.messageOf({ thread: '', message: post?.id ?? '' });
  const words = await told(twin, ana.press(message, 'Receipt'));
  assert.match(words, /uname -a/);
  assert.match(words, /deckhand -- verify ses_/);
});

test('200 presses in a second are all acknowledged inside 3 s, each after what it means is committed', async (t) => {
  const stage = await openDiscordStage(lastFirst(t));
  const { twin, core } = stage;
  const ana = stage.twinPerson('ana');
  const asked = ana.mention(twin.channel('ops').id, 'say hello');
  const [post] = await answers(stage, at(asked), 1);
  const message = stage.messageOf({ thread: '', message: post?.id ?? '' });
  const people = Array.from({ length: 200 }, (_, n) => stage.twinPerson(`presser ${n}`));
  // They are known from before, as people are where Deckhand is in use; `npm run bench -- discord` has the figures.
  const { id: externalId, name } = twin.guild;
  for (const { id, user } of people)
    await core.identities.resolve('discord', { externalId, name }, { id, name: user.globalName });
  const beganMs = Date.now();
  const presses: Pending[] = [];
  for (const [n, person] of people.entries()) {
    presses.push(person.press(message, 'Retry'));
    if (n % 10 === 9) await new Promise((done) => setTimeout(done, 50));
  }
  const tookMs = Date.now() - beganMs;
  await twin.until('all acknowledgements', () => presses.every(({ answer }) => answer), 30_000);
  const after = presses
    .map(({ answer }) => answer?.afterMs ?? Number.POSITIVE_INFINITY)
    .sort((a, b) => a - b);
  const p99 = after[Math.floor(after.length * 0.99)] ?? 0;
  t.diagnostic(
    `${presses.length} presses in ${tookMs} ms: median ${after[100]} ms, p99 ${p99} ms, most ${after.at(-1)} ms`,
  );
  assert.ok((after.at(-1) ?? 0) < 3_000);
  const settled = presses.filter(({ answer }) => answer?.type === 6).length;
  const { rows } = await core.database.pool.query(
    `SELECT count(*)::int AS n FROM turn WHERE event_id LIKE '%/retry/%'`,
  );
  assert.ok(rows[0].n >= settled);
  assert.ok((await turnCount(stage)) <= 201);
});
