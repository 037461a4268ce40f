import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lastFirst } from '#core/testing/last-first.ts';
import { until } from '#core/testing/until.ts';
import type { ChatPerson, ChatStage, OpenChatStage, Place, SeenPost } from './stage.ts';
import { answers, isAnswer, postWith, restart, settled, turnCount } from './watch.ts';

/** A card that is open, once it is shown. */
async function openCard(stage: ChatStage, place: Place): Promise<SeenPost> {
  return until(
    async () => (await stage.posts(place)).find(({ buttons }) => buttons.includes('Deny')),
    'an open card',
  );
}

async function asks(stage: ChatStage): Promise<{ ana: ChatPerson; asked: Place; card: SeenPost }> {
  const ana = await stage.person('ana');
  const asked = await ana.mention('careful $ echo hi');
  return { ana, asked, card: await openCard(stage, asked) };
}

/** What a platform could not hand over while we were away it hands over again after a minute (Slack's events over HTTP). */
const handedOverAgainMs = 60_000;

/** Questions to people, and stopping. */
export function decidingContract(name: string, open: OpenChatStage): void {
  test(`${name}: I7: what is allowed runs, and the card says who allowed it`, async (t) => {
    const stage = await open(lastFirst(t));
    const { ana, asked, card } = await asks(stage);
    assert.match(card.text, /echo hi/);
    assert.equal(await ana.press(asked, card, 'Allow once'), null);
    await postWith(stage, asked, 'with your permission');
    const settledCard = await postWith(stage, asked, /✅ .* allowed this once/);
    assert.equal(settledCard.id, card.id);
    assert.ok(!settledCard.buttons.includes('Deny'));
  });

  test(`${name}: I7: what is denied does not run`, async (t) => {
    const stage = await open(lastFirst(t));
    const { ana, asked, card } = await asks(stage);
    await ana.press(asked, card, 'Deny');
    await postWith(stage, asked, 'I did not run it');
    await postWith(stage, asked, /❌ .* denied this/);
  });

  test(`${name}: I7: a stranger's press decides nothing and is explained`, async (t) => {
    const stage = await open(lastFirst(t));
    const { ana, asked, card } = await asks(stage);
    const ben = await stage.person('ben');
    const told = await ben.press(asked, card, 'Allow once');
    assert.match(told ?? '', /Only the person who asked|cannot answer/i);
    const [approval] = await stage.core.approvals.listOpen(10);
    assert.equal(approval?.state, 'open');
    await ana.press(asked, card, 'Deny');
    await postWith(stage, asked, /denied this/);
  });

  test(`${name}: I7: two answers at once are one, and the other hears what stands`, async (t) => {
    const stage = await open(lastFirst(t));
    const { ana, asked, card } = await asks(stage);
    const ben = await stage.person('ben');
    await answers(stage, await ben.mention('say hello'), 1);
    await stage.core.database.pool.query(`UPDATE "user" SET role = 'admin' WHERE name = 'ben'`);
    const told = await Promise.all([ana.press(asked, card, 'Allow once'), ben.press(asked, card, 'Deny')]);
    assert.equal(told.filter((words) => words === null).length, 1);
    assert.match(told.find((words) => words !== null) ?? '', /already (granted|denied)/);
    await answers(stage, asked, 1);
  });

  test(`${name}: I7: an answer here and one on the page at once are one, and the card says whose`, async (t) => {
    const stage = await open(lastFirst(t));
    const { core } = stage;
    const { ana, asked, card } = await asks(stage);
    const [approval] = await core.approvals.listOpen(10);
    assert.ok(approval);
    const page = async () => {
      const { approvalId, sessionId, revision } = approval;
      const by = { userId: 'usr_page', name: 'Paula' };
      const decided = await core.approvals.decide(approvalId, { grant: false, scope: 'once', revision, by });
      core.live.publish({ kind: 'events', sessionId });
      await core.bell.ring(sessionId);
      return decided?.changed ?? false;
    };
    const [told, changed] = await Promise.all([ana.press(asked, card, 'Allow once'), page()]);
    assert.equal(changed, told !== null);
    const outcome = changed ? /❌ Paula denied this/ : /✅ ana.* allowed this once/;
    assert.equal((await postWith(stage, asked, outcome)).id, card.id);
    await postWith(stage, asked, changed ? 'I did not run it' : 'with your permission');
    await answers(stage, asked, 1);
  });

  test(`${name}: I7: a card works after a restart, and 26 hours later`, async (t) => {
    const stage = await open(lastFirst(t));
    const { ana, asked, card } = await asks(stage);
    await stage.core.database.pool.query(
      `UPDATE approval SET created_at = created_at - interval '26 hours', expires_at = now() + interval '46 hours'`,
    );
    await restart(stage);
    assert.equal(await ana.press(asked, card, 'Allow once'), null);
    await postWith(stage, asked, 'with your permission');
  });

  test(`${name}: I7: a question that nobody answers closes as a no, and its card says so`, async (t) => {
    const stage = await open(lastFirst(t));
    const { ana, asked, card } = await asks(stage);
    await stage.core.database.pool.query(`UPDATE approval SET expires_at = now() - interval '1 second'`);
    for (const sessionId of await stage.core.approvals.expire()) await stage.core.bell.ring(sessionId);
    await postWith(stage, asked, 'Nobody answered in time');
    await postWith(stage, asked, 'I did not run it');
    assert.match(
      (await ana.press(asked, card, 'Allow once').catch(() => 'already expired')) ?? '',
      /already expired/,
    );
  });

  test(`${name}: a turn is stopped by its button, and nothing appears after "Stopped"`, async (t) => {
    const stage = await open(lastFirst(t));
    const ana = await stage.person('ana');
    const asked = await ana.mention('slow');
    const checklist = await until(
      async () => (await stage.posts(asked)).find(({ buttons }) => buttons.includes('Stop')),
      'the Stop button',
    );
    assert.equal(await ana.press(asked, checklist, 'Stop'), null);
    await postWith(stage, asked, 'Stopped by');
    await settled(stage);
    const posts = await stage.posts(asked);
    assert.match(posts.at(-1)?.text ?? '', /Stopped by/);
    assert.equal(posts.filter(isAnswer).length, 1);
  });

  test(`${name}: I1, I7: restarts between all that happens to a question lose nothing and double nothing`, async (t) => {
    const stage = await open(lastFirst(t));
    const ana = await stage.person('ana');
    const asked = await ana.mention('careful $ echo hi');
    await restart(stage);
    const card = await openCard(stage, asked);
    await restart(stage);
    await ana.press(asked, card, 'Allow once');
    await restart(stage);
    await postWith(stage, asked, 'with your permission');
    await restart(stage);
    await ana.reply(asked, 'file report.html');
    await restart(stage);
    await stage.faults?.later(handedOverAgainMs);
    await answers(stage, asked, 2);
    await settled(stage);
    const posts = await stage.posts(asked);
    assert.equal(posts.filter(isAnswer).length, 2);
    assert.equal(posts.filter(({ text }) => /✅ .* allowed this once/.test(text)).length, 1);
    assert.deepEqual(
      posts.flatMap(({ files }) => files),
      ['report.html'],
    );
    assert.equal(await turnCount(stage), 2);
  });
}
