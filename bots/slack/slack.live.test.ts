import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  answers,
  isAnswer,
  postWith,
  restart,
  settled,
  stopOnPage,
  turnCount,
} from '#core/testing/chat-contract/watch.ts';
import { lastFirst } from '#core/testing/last-first.ts';
import { until } from '#core/testing/until.ts';
import { manifestScopes } from './testing/manifest.ts';
import { openSlackStage, type SlackStage } from './testing/stage.ts';

/** What the app wrote to a person directly. */
async function directWords(stage: SlackStage, person: string, words: RegExp): Promise<string> {
  const { id } = stage.twinPerson(person);
  return until(async () => {
    const texts = stage.twin.look.directPosts(id).map((post) => stage.twin.look.words(post));
    return texts.find((text) => words.test(text));
  }, `a direct message with ${words}`);
}

/** Waits for a call of a method with this outcome. */
async function called({ twin }: SlackStage, method: string, outcome: string): Promise<void> {
  await until(
    async () => twin.look.calls(method).find((call) => call.outcome === outcome),
    `${method}: ${outcome}`,
  );
}

test('guests and people of other organisations are refused with words, on the idle and on the busy path', async (t) => {
  const stage = await openSlackStage(lastFirst(t), 'socket');
  const { twin } = stage;
  const gus = twin.workspace.user('gus', { guest: true });
  const sue = twin.workspace.user('sue', { stranger: true, teamId: 'T0OTHER' });
  await postWith(stage, stage.placeOf(gus.mention('ops', 'say hello')), /I did not start this: guests/);
  const asked = await (await stage.person('ana')).mention('say one');
  await answers(stage, asked, 1);
  const [channel = '', ts = ''] = asked.thread.split('/');
  sue.reply({ channel, ts }, 'say two');
  await postWith(stage, asked, /people from other organisations/);
  await settled(stage);
  assert.equal(await turnCount(stage), 1);
});

test('a file comes to the turn with its content, and one that is too large is refused by name', async (t) => {
  const stage = await openSlackStage(lastFirst(t), 'socket');
  const ana = stage.twinPerson('ana');
  const bytes = Buffer.from('a,b\n1,2\n');
  const asked = ana.upload('ops', { name: 'numbers.csv', bytes, text: '@deckhand say thanks' });
  await answers(stage, stage.placeOf(asked), 1);
  const { rows } = await stage.core.database.pool.query('SELECT name, blob, turn_id FROM file');
  assert.equal(rows[0]?.name, 'numbers.csv');
  assert.ok(rows[0]?.turn_id);
  assert.deepEqual(Buffer.from(await stage.core.blobs.get(rows[0].blob)), bytes);
  const large = { name: 'large.bin', bytes: Buffer.alloc(1024 * 1024 + 1), text: '@deckhand read this' };
  await postWith(stage, stage.placeOf(ana.upload('ops', large)), /large\.bin is larger than 1 MiB/);
});

test('a file from the sandbox stands in the thread once, also when Slack says ok and shares nothing', async (t) => {
  const stage = await openSlackStage(lastFirst(t), 'socket');
  const { twin } = stage;
  twin.switches.shares = 'lost';
  const asked = await (await stage.person('ana')).mention('file report.html');
  await called(stage, 'files.completeUploadExternal', 'ok');
  twin.switches.shares = 'kept';
  await until(async () => ((await sharedFiles(stage, asked)) === 1 ? true : null), 'the file');
  await settled(stage);
  assert.equal(await sharedFiles(stage, asked), 1);
});

async function sharedFiles(stage: SlackStage, { thread }: { thread: string }): Promise<number> {
  const [channel = '', ts = ''] = thread.split('/');
  return stage.twin.look.posts({ channel, ts }).filter((post) => post.files.length > 0).length;
}

test('a scope that is missing is named where it was asked', async (t) => {
  const scopes = manifestScopes().filter((one) => one !== 'files:read');
  const stage = await openSlackStage(lastFirst(t), 'socket', { scopes });
  const upload = { name: 'a.txt', bytes: Buffer.from('x'), text: '@deckhand read it' };
  const asked = stage.twinPerson('ana').upload('ops', upload);
  await postWith(stage, stage.placeOf(asked), /files:read/);
});

test('I1: when we are thrown out in mid-turn, the asker is told directly, once', async (t) => {
  const stage = await openSlackStage(lastFirst(t), 'socket');
  await (await stage.person('ana')).mention('slow');
  await until(async () => ((await turnCount(stage)) === 1 ? true : null), 'the turn');
  stage.twinPerson('ana').kick('ops');
  await stopOnPage(stage, 'Xenia');
  await directWords(stage, 'ana', /Stopped by Xenia/);
  await settled(stage);
  assert.equal(stage.twin.look.directPosts(stage.twinPerson('ana').id).length, 1);
});

test('a mention in the middle of a thread brings what was said before, with its authors, and not what came after', async (t) => {
  const stage = await openSlackStage(lastFirst(t), 'socket', { worker: false });
  const ana = stage.twinPerson('ana');
  const root = ana.say('ops', 'the deploy failed');
  stage.twin.workspace.user('ben').reply(root, 'because of <quota> & disk');
  ana.reply(root, '@deckhand what do you think?');
  stage.twin.workspace.user('ben').reply(root, 'me too');
  await stage.twin.events.settled();
  await until(async () => ((await turnCount(stage)) === 2 ? true : null), 'two turns');
  const { rows } = await stage.core.database.pool.query(
    `SELECT body FROM event WHERE type = 'turn.submitted' ORDER BY seq`,
  );
  const bodies = rows.map(({ body }) => JSON.parse(body));
  assert.deepEqual(bodies[0].quoted, [
    { name: 'ana', text: 'the deploy failed' },
    { name: 'ben', text: 'because of <quota> & disk' },
  ]);
  assert.equal(bodies[1].quoted, undefined);
});

test('I1: what was asked in an hour offline is answered on return, each once', async (t) => {
  const stage = await openSlackStage(lastFirst(t), 'socket');
  const { twin, core } = stage;
  const ana = stage.twinPerson('ana');
  const asked = await (await stage.person('ana')).mention('say before');
  await answers(stage, asked, 1);
  await until(async () => core.presence.seen('slack', twin.workspace.teamId), 'a first mark');
  await stage.stopBots();
  const mention = ana.mention('ops', 'say one');
  const [channel = '', ts = ''] = asked.thread.split('/');
  ana.reply({ channel, ts }, 'say two');
  const direct = ana.tell('say three');
  ana.say('ops', 'nothing for us');
  await twin.clock.advance(400_000);
  await twin.events.settled();
  assert.ok(twin.events.lost.length > 0);
  await core.database.pool.query(`UPDATE presence SET seen_at = now() - interval '1 hour'`);
  await stage.startBots();
  await answers(stage, stage.placeOf(mention), 1);
  await answers(stage, asked, 2);
  await answers(stage, stage.placeOf(direct), 1);
  await settled(stage);
  assert.equal(await turnCount(stage), 4);
});

test('I1: answers wait for a token that was taken back, and are posted when it is there again', async (t) => {
  const stage = await openSlackStage(lastFirst(t), 'http');
  const asked = await (await stage.person('ana')).mention('slow');
  await until(async () => ((await turnCount(stage)) === 1 ? true : null), 'the turn');
  stage.twin.switches.revoked = true;
  await stopOnPage(stage, 'Xenia');
  await called(stage, 'chat.postMessage', 'token_revoked');
  stage.twin.switches.revoked = false;
  await restart(stage);
  await postWith(stage, asked, 'Stopped by Xenia');
});

test('a stop that Slack sends again later stops nothing that was asked after it', async (t) => {
  const stage = await openSlackStage(lastFirst(t), 'socket');
  const { twin } = stage;
  const ana = await stage.person('ana');
  const asked = await ana.mention('slow');
  await until(async () => ((await turnCount(stage)) === 1 ? true : null), 'the turn');
  await ana.reply(asked, 'stop');
  await postWith(stage, asked, 'Stopped by');
  await ana.reply(asked, 'slow');
  await until(async () => ((await turnCount(stage)) === 2 ? true : null), 'the next turn');
  const stop = twin.events.attempts.find(({ envelope }) =>
    JSON.stringify(envelope.payload).includes('"stop"'),
  );
  assert.ok(stop);
  twin.events.event(stop.envelope.payload);
  await twin.events.settled();
  const { rows } = await stage.core.database.pool.query(
    `SELECT count(*)::int AS n FROM turn WHERE state = 'cancelled' OR stop_requested_by IS NOT NULL`,
  );
  assert.equal(rows[0].n, 1);
  await ana.reply(asked, 'stop');
  await settled(stage);
});

test('what a model writes pings neither rooms nor groups nor people', async (t) => {
  const stage = await openSlackStage(lastFirst(t), 'socket');
  const asked = await (await stage.person('ana')).mention(
    'say <!here> @channel @everyone <!subteam^S0123> <@U0123> done',
  );
  const [answer] = await answers(stage, asked, 1);
  assert.doesNotMatch(answer?.text ?? '', /<[!@]|@(channel|everyone|here)/);
  assert.match(answer?.text ?? '', /done/);
});

test('receipt, shortcut and slash command answer', async (t) => {
  const stage = await openSlackStage(lastFirst(t), 'socket');
  const { twin } = stage;
  const asked = await (await stage.person('ana')).mention('$ uname -a');
  const [answer] = await answers(stage, asked, 1);
  const ana = stage.twinPerson('ana');
  const [channel = ''] = asked.thread.split('/');
  await ana.click({ channel, ts: answer?.id ?? '' }, 'Receipt');
  const modal = await twin.look.until('a modal', () => twin.look.modals()[0]);
  assert.match(JSON.stringify(modal), /uname -a.*deckhand -- verify ses_/);
  await ana.shortcut({ channel, ts: answer?.id ?? '' }, 'deckhand.stop');
  await twin.look.until('words', () => twin.look.ephemerals(ana.id).length === 1);
  await ana.slash('ops', '/deckhand', 'stop');
  assert.match(
    twin.look.ephemerals(ana.id)[1]?.text ?? '',
    /Instead, mention me in the thread: `@deckhand stop`/,
  );
  await ana.click({ channel, ts: answer?.id ?? '' }, 'Retry');
  await ana.click({ channel, ts: answer?.id ?? '' }, 'Retry');
  await settled(stage);
  assert.equal((await stage.posts(asked)).filter(isAnswer).length, 2);
});

test('Slack keeps its own limits: 20 people at once get their answers, a channel once a second, none lost', async (t) => {
  const stage = await openSlackStage(lastFirst(t), 'socket', { limits: true, plan: 'free' });
  const asked = await Promise.all(
    Array.from({ length: 20 }, async (_, n) => {
      const person = await stage.person(`user ${n}`);
      return person.mention(`say answer ${n}`);
    }),
  );
  for (const place of asked) await answers(stage, place, 1);
  await settled(stage);
  const { 'reactions.add': adds, 'reactions.remove': removes } = stage.twin.look.buckets();
  assert.ok(adds && adds.taken > 0);
  assert.equal(adds.refused + (removes?.refused ?? 0), 0, 'what comes in crowds is paced, not refused');
  for (const place of asked) assert.equal((await stage.posts(place)).filter(isAnswer).length, 1);
});
