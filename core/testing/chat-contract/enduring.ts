import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lastFirst } from '#core/testing/last-first.ts';
import { until } from '#core/testing/until.ts';
import type { ChatStage, OpenChatStage, PlatformFaults } from './stage.ts';
import { answers, isAnswer, need, postWith, restart, settled, stopOnPage, turnCount } from './watch.ts';

const faultsOf = (stage: ChatStage): PlatformFaults => need(stage.faults, 'faults');

/** What a platform where people can edit, delete and talk past us must stand. */
export function unrulyContract(name: string, open: OpenChatStage): void {
  test(`${name}: editing or deleting a message that is queued edits or cancels its turn`, async (t) => {
    const stage = await open(lastFirst(t));
    const { edit, remove } = need(stage.edits, 'edits');
    const ana = await stage.person('ana');
    const asked = await ana.mention('slow');
    const edited = await ana.reply(asked, 'say before');
    const removed = await ana.reply(asked, 'say never');
    await until(async () => ((await turnCount(stage)) === 3 ? true : null), 'three turns');
    await edit(edited, 'say after');
    await remove(removed);
    await until(async () => {
      const { rows } = await stage.core.database.pool.query(`SELECT 1 FROM turn WHERE state = 'cancelled'`);
      return rows.length === 1 ? true : null;
    }, 'the cancelled turn');
    await ana.reply(asked, 'stop');
    await postWith(stage, asked, 'after');
    await settled(stage);
    const texts = (await stage.posts(asked)).map(({ text }) => text).join('\n');
    assert.doesNotMatch(texts, /before|never/);
  });

  test(`${name}: an edit that adds the mention asks, and a preview of a link is no edit`, async (t) => {
    const stage = await open(lastFirst(t));
    const ana = await stage.person('ana');
    const said = await need(stage.talk, 'talk').say('ana', 'say hello');
    await need(stage.edits, 'edits').edit(said, '@deckhand say hello');
    await answers(stage, said, 1);
    assert.ok(ana);
  });

  test(`${name}: I2: copies and another order of the events are one turn`, async (t) => {
    const stage = await open(lastFirst(t));
    need(stage.talk, 'talk').doubled();
    const ana = await stage.person('ana');
    const asked = await ana.mention('say once');
    await answers(stage, asked, 1);
    await settled(stage);
    assert.equal(await turnCount(stage), 1);
    assert.equal((await stage.posts(asked)).filter(isAnswer).length, 1);
    const empty = await ana.mention('');
    await until(async () => ((await stage.posts(empty)).length > 0 ? true : null), 'words');
    await settled(stage);
    assert.equal((await stage.posts(empty)).length, 1);
  });

  test(`${name}: talk that is not for us does nothing, and makes nobody known`, async (t) => {
    const stage = await open(lastFirst(t));
    const { say } = need(stage.talk, 'talk');
    await say('ana', 'just talking');
    await say('ana', 'code `@deckhand stop`');
    await say('ana', '> @deckhand said so');
    await say('ana', '```\n@deckhand run\n```');
    await say('a bot', '@deckhand hello');
    const ben = await stage.person('ben');
    await answers(stage, await ben.mention('say hello'), 1);
    assert.equal(await turnCount(stage), 1);
    const { rows } = await stage.core.database.pool.query('SELECT name FROM identity');
    assert.equal(rows.length, 1);
  });

  test(`${name}: stop is a verb only when it is the whole message`, async (t) => {
    const stage = await open(lastFirst(t));
    const ana = await stage.person('ana');
    const asked = await ana.mention('slow');
    await ana.reply(asked, 'stop using tabs');
    await until(async () => ((await turnCount(stage)) === 2 ? true : null), 'a second turn');
    await ana.mentionIn(asked, 'stop');
    await postWith(stage, asked, 'Stopped by');
    await postWith(stage, asked, 'You said: stop using tabs');
  });

  test(`${name}: I1: a post whose answer was lost stands once, also after a restart`, async (t) => {
    const stage = await open(lastFirst(t));
    const ana = await stage.person('ana');
    faultsOf(stage).loseNextAnswer();
    const asked = await ana.mention('say just once');
    await until(async () => ((await stage.posts(asked)).length > 0 ? true : null), 'the post');
    await restart(stage);
    await settled(stage);
    assert.equal((await stage.posts(asked)).filter(isAnswer).length, 1);
  });

  test(`${name}: a wait in one channel delays no other`, async (t) => {
    const stage = await open(lastFirst(t));
    const ana = await stage.person('ana');
    faultsOf(stage).limitNextPosts(3);
    const slow = await ana.mention('say slow');
    await settledTurn(stage);
    const quick = await (await stage.person('ben')).mention('say quick');
    await answers(stage, quick, 1);
    assert.equal((await stage.posts(slow)).length, 0);
    await answers(stage, slow, 1);
  });

  test(`${name}: I1: a platform that was away gets every answer when it is back, once`, async (t) => {
    const stage = await open(lastFirst(t));
    const ana = await stage.person('ana');
    const asked = await ana.mention('slow');
    await until(async () => ((await turnCount(stage)) === 1 ? true : null), 'the turn');
    faultsOf(stage).down(true);
    await stopOnPage(stage, 'Paula');
    await settledTurn(stage);
    faultsOf(stage).down(false);
    await postWith(stage, asked, 'Stopped by');
    await settled(stage);
    assert.equal((await stage.posts(asked)).filter(isAnswer).length, 1);
  });

  test(`${name}: I1: a stop that races the final answer leaves one end, and nothing after "Stopped"`, async (t) => {
    const stage = await open(lastFirst(t));
    const ana = await stage.person('ana');
    for (let round = 0; round < 5; round += 1) {
      const asked = await ana.mention(`say round ${round}`);
      if (round > 0) await until(async () => ((await turnCount(stage)) > round ? true : null), 'the turn');
      await ana.reply(asked, 'stop');
      const [end] = await answers(stage, asked, 1);
      await settled(stage);
      const posts = await stage.posts(asked);
      assert.equal(posts.filter(isAnswer).length, 1);
      if (end?.text.includes('Stopped by')) assert.equal(posts.at(-1)?.id, end.id);
      else assert.match(end?.text ?? '', RegExp(`round ${round}`));
    }
  });
}

async function settledTurn(stage: ChatStage): Promise<void> {
  await until(async () => {
    const { rows } = await stage.core.database.pool.query(
      `SELECT 1 FROM turn WHERE state IN ('succeeded', 'cancelled')`,
    );
    return rows.length > 0 ? true : null;
  }, 'the end of the turn');
}
