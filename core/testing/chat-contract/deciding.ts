import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lastFirst } from '#core/testing/last-first.ts';
import { until } from '#core/testing/until.ts';
import type { ChatPerson, ChatStage, OpenChatStage, Place, SeenPost } from './stage.ts';
import { answers, isAnswer, postWith, settled } from './watch.ts';

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

  test(`${name}: I7: a card works after a restart, and 26 hours later`, async (t) => {
    const stage = await open(lastFirst(t));
    const { ana, asked, card } = await asks(stage);
    await stage.core.database.pool.query(
      `UPDATE approval SET created_at = created_at - interval '26 hours', expires_at = now() + interval '46 hours'`,
    );
    await stage.restart();
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
}
