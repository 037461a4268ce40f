import assert from 'node:assert/strict';
import { test } from 'node:test';
import { holdToVerbTable } from '#bots/testing/verb-table.ts';
import { fieldsOf } from '#core/commands/options.ts';
import { verbs } from '#core/commands/verbs.ts';
import { answers, postWith, settled, turnCount } from '#core/testing/chat-contract/watch.ts';
import { lastFirst } from '#core/testing/last-first.ts';
import { until } from '#core/testing/until.ts';
import { shownTo, told } from './testing/answer-to.ts';
import { type DiscordStage, openDiscordStage } from './testing/stage.ts';
import type { TwinMessage } from './testing/world.ts';
import { messageIdentity } from './types.ts';

async function registered({ twin }: DiscordStage): Promise<void> {
  await twin.until('the commands', () => twin.world.app.commands.get('global'));
}

/** A verb's example as fields: what follows the verb stands in the ones that it reads. */
function asFields(verb: string, text: string): Record<string, string> {
  const known = verbs.find(({ name }) => name === verb);
  const { options } = known ? fieldsOf(known) : { options: [] };
  const rest = text.startsWith(verb) ? text.slice(verb.length).trim() : text;
  if (rest === '' || options.length === 0) return {};
  if (verb === 'schedule') return { when: 'every weekday at 9:00', request: 'check the backups' };
  return { [options[0]?.name ?? '']: rest };
}

test('every verb is done, asked, or explained as the table of verb × surface says', async (t) => {
  const stage = await openDiscordStage(lastFirst(t), { worker: false });
  const { core, twin } = stage;
  await registered(stage);
  const ana = stage.twinPerson('ana');
  const root = ana.mention(twin.channel('ops').id, 'say hello');
  const thread = (await twin.until('the thread', () => twin.world.channels.get(root.id))).id;
  const said = ({ channelId, id }: TwinMessage) => messageIdentity(channelId, id);
  await holdToVerbTable(core, 'discord_mention', { say: async (text) => said(ana.mention(thread, text)) });
  await holdToVerbTable(core, 'discord_reply', { say: async (text) => said(ana.say(thread, text)) });
  await holdToVerbTable(core, 'discord_slash', {
    ask: async (text, verb) => told(twin, ana.slash(thread, 'deckhand', verb, asFields(verb, text))),
  });
});

test('what is for one person alone goes to them directly, not into the thread', async (t) => {
  const stage = await openDiscordStage(lastFirst(t), { worker: false });
  const { twin } = stage;
  const ana = stage.twinPerson('ana');
  const root = ana.mention(twin.channel('ops').id, 'whoami');
  const place = { thread: root.id, message: root.id };
  await postWith(stage, place, /for you alone/);
  await twin.until('a direct message', () =>
    directWords(stage, ana.id).find((words) => /You are ana/.test(words)),
  );
  await settled(stage);
  assert.ok((await stage.posts(place)).every(({ text }) => !text.includes('You are ana')));
});

function directWords({ twin }: DiscordStage, user: string): string[] {
  const direct = [...twin.world.channels.values()].find((one) => one.kind === 'dm' && one.recipient === user);
  return direct ? twin.posts(direct.id).map(twin.words) : [];
}

test('I7: a schedule by application command is saved by its button, by its owner alone, and fires in a new thread of the channel', async (t) => {
  const stage = await openDiscordStage(lastFirst(t));
  const { twin, core } = stage;
  await registered(stage);
  const [ana, ben] = [stage.twinPerson('ana'), stage.twinPerson('ben')];
  const ops = twin.channel('ops').id;
  const fields = { when: 'every weekday at 9:00', request: 'say the backups are fine' };
  const card = await shownTo(twin, ana.slash(ops, 'deckhand', 'schedule', fields));
  assert.match(twin.words(card), /I understood: every weekday at 09:00/);
  assert.match(await told(twin, ben.press(card, 'Save')), /no such schedule of yours/);
  const pressed = ana.press(card, 'Save');
  assert.match(await told(twin, pressed), /Saved\./);
  assert.ok([6, 7].includes(pressed.answer?.type ?? 0), 'the card itself has changed');
  await stage.fire();
  const opening = await twin.until('the new thread', () =>
    twin.posts(ops).find((post) => twin.words(post).includes('⏰')),
  );
  const thread = await twin.until('the thread', () => twin.world.channels.get(opening.id));
  assert.equal(thread.parentId, ops);
  await postWith(stage, { thread: opening.id, message: opening.id }, /the backups are fine/);
  await settled(stage);
  assert.equal(twin.posts(ops).length, 1, 'nothing stands beside the thread');
  const { rows } = await core.database.pool.query('SELECT state FROM firing');
  assert.deepEqual(rows, [{ state: 'submitted' }]);
});

test('schedules are listed with buttons that pause, resume, run, change, show and delete them', async (t) => {
  const stage = await openDiscordStage(lastFirst(t));
  const { twin, core } = stage;
  await registered(stage);
  const ana = stage.twinPerson('ana');
  const ops = twin.channel('ops').id;
  const root = ana.mention(ops, 'every day at 9:00 say one');
  const question = await postWith(stage, { thread: root.id, message: root.id }, /Shall I save this/);
  const posted = stage.messageOf({ thread: '', message: question.id });
  await told(twin, ana.press(posted, 'Save'));
  assert.match(twin.words(posted), /Saved\./);
  const list = await shownTo(twin, ana.slash(ops, 'deckhand', 'schedules'));
  assert.match(twin.words(list), /1 schedule:/);
  assert.match(await told(twin, ana.press(list, 'Pause')), /Paused\.[\s\S]*paused/);
  const paused = await shownTo(twin, ana.slash(ops, 'deckhand', 'schedules'));
  assert.match(await told(twin, ana.press(paused, 'Resume')), /It goes on/);
  assert.match(await told(twin, ana.press(list, 'Run now')), /It runs now/);
  assert.match(await told(twin, ana.press(list, 'History')), /about to start|running/);
  const typed = ana.typing(ops, 'deckhand', 'schedules', 'which', 'say');
  const { data } = await twin.until('choices', () => typed.answer);
  const [choice] = data.choices as { name: string; value: string }[];
  assert.match(choice?.name ?? '', /every day at 09:00 .* say one/);
  const pressed = ana.press(list, 'Edit');
  const form = await twin.until('the form', () =>
    twin.world.modals.find(({ interactionId }) => interactionId === pressed.id),
  );
  assert.match(JSON.stringify(form.payload), /"value":"every day at 09:00 say one"/);
  assert.match(await told(twin, ana.submit(form, { text: 'whenever you like' })), /every weekday at 9:00/);
  const change = await shownTo(twin, ana.submit(form, { text: 'every day at 10:00 say two' }));
  await told(twin, ana.press(change, 'Save'));
  await until(async () => {
    const [one] = await core.schedules.list({ limit: 5 });
    return one?.words === 'every day at 10:00' && one.text === 'say two' ? true : null;
  }, 'the change');
  assert.match(await told(twin, ana.press(list, 'Delete')), /Deleted: every day at 10:00 · say two/);
  assert.deepEqual(await core.schedules.list({ limit: 5 }), []);
});

test('a schedule whose channel is gone is paused, and its owner is told directly, once', async (t) => {
  const stage = await openDiscordStage(lastFirst(t), { worker: false });
  const { twin, core } = stage;
  await registered(stage);
  const ana = stage.twinPerson('ana');
  const ops = twin.channel('ops').id;
  const fields = { when: 'every day at 9:00', request: 'say one' };
  const card = await shownTo(twin, ana.slash(ops, 'deckhand', 'schedule', fields));
  await told(twin, ana.press(card, 'Save'));
  twin.world.channels.delete(ops);
  await stage.fire();
  await twin.until('a direct message', () => directWords(stage, ana.id).length > 0);
  assert.match(
    directWords(stage, ana.id)[0] ?? '',
    /I paused the schedule "every day at 09:00": I can no longer post/,
  );
  const [schedule] = await core.schedules.list({ limit: 1 });
  assert.equal(schedule?.state, 'paused');
  assert.equal(await turnCount(stage), 0);
  await settled(stage);
  assert.equal(directWords(stage, ana.id).length, 1);
});

test('I1: a thread is opened once for each key, also after a crash', async (t) => {
  const stage = await openDiscordStage(lastFirst(t), { worker: false });
  const { twin } = stage;
  const { discordAdapter } = await import('./adapter.ts');
  const { createCalls } = await import('./calls.ts');
  const calls = createCalls({ token: twin.token, apiUrl: twin.apiUrl });
  const adapter = discordAdapter({ calls, blobs: stage.core.blobs, showStatus: () => {} });
  const ops = twin.channel('ops').id;
  const place = { platform: 'discord', workspace: twin.guild.id, channel: ops, thread: ops } as const;
  const opened = await Promise.all([1, 2].map(() => adapter.openThread(place, 'the first line', 'one')));
  const again = await adapter.openThread(place, 'the first line', 'one');
  assert.equal(new Set([...opened, again].map(({ thread }) => thread)).size, 1);
  assert.equal(twin.posts(ops).length, 1);
  await answers(stage, { thread: again.thread, message: again.thread }, 0);
});

test('a message that waits says so; its author has it told to what runs, or takes it back', async (t) => {
  const stage = await openDiscordStage(lastFirst(t));
  const { twin, core } = stage;
  const [ana, ben] = [stage.twinPerson('ana'), stage.twinPerson('ben')];
  const root = ana.mention(twin.channel('ops').id, 'slow');
  const place = { thread: root.id, message: root.id };
  const thread = (await twin.until('the thread', () => twin.world.channels.get(root.id))).id;
  const running = async () =>
    (await core.database.pool.query(`SELECT 1 FROM turn WHERE state = 'running'`)).rows[0];
  await until(running, 'the turn to run');
  ana.say(thread, 'use staging');
  const first = await postWith(stage, place, 'Queued, next in line.');
  assert.deepEqual(first.buttons, ['Steer now', 'Cancel']);
  const note = stage.messageOf({ thread: '', message: first.id });
  assert.match(await told(twin, ben.press(note, 'Steer now')), /not|only/i);
  const steered = ana.press(note, 'Steer now');
  await twin.until('the acknowledgement', () => steered.answer);
  await postWith(stage, place, 'Told to what runs now at its next step.');
  ana.say(thread, 'say never');
  const second = await postWith(stage, place, 'Queued behind 2 requests.');
  const cancelled = ana.press(stage.messageOf({ thread: '', message: second.id }), 'Cancel');
  await twin.until('the acknowledgement', () => cancelled.answer);
  await postWith(stage, place, 'Taken back. Nothing was run.');
  const { rows } = await core.database.pool.query(`SELECT text FROM turn WHERE state = 'cancelled'`);
  assert.deepEqual(rows, [{ text: 'say never' }]);
  ana.say(thread, 'stop');
  await postWith(stage, place, 'Stopped by ana');
});

test('I7: Always… allows a host in its thread and proposes it to an administrator', async (t) => {
  const stage = await openDiscordStage(lastFirst(t));
  const { twin, core } = stage;
  const ana = stage.twinPerson('ana');
  const root = ana.mention(twin.channel('ops').id, 'reach api.example.com');
  const place = { thread: root.id, message: root.id };
  const card = await until(
    async () => (await stage.posts(place)).find(({ buttons }) => buttons.includes('Always…')),
    'a card for a host',
  );
  const pressed = ana.press(stage.messageOf({ thread: '', message: card.id }), 'Always…');
  await twin.until('the acknowledgement', () => pressed.answer);
  await postWith(stage, place, 'Sent to api.example.com');
  await postWith(stage, place, /allowed this in this thread and proposed it for always/);
  const { rows } = await core.database.pool.query('SELECT rule FROM policy_proposal');
  assert.match(JSON.stringify(rows), /api\.example\.com/);
});
