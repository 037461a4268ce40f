import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lastFirst } from '#core/testing/last-first.ts';
import { until } from '#core/testing/until.ts';
import type { ChatStage, OpenChatStage } from './stage.ts';
import { answers, isAnswer, postWith, settled, stopOnPage, turnCount } from './watch.ts';

/** Telling something to a turn that runs. */
export function steeringContract(name: string, open: OpenChatStage): void {
  test(`${name}: I7: what its author steers with is told to what runs, once; nobody else's words are`, async (t) => {
    const stage = await open(lastFirst(t));
    const { commandSign = '' } = stage;
    const ana = await stage.person('ana');
    const ben = await stage.person('ben');
    const asked = await ana.mention('listen');
    await atWork(stage);
    await ben.reply(asked, `${commandSign}steer: use production`);
    await postWith(stage, asked, /may not steer what .* asked for; send it as a message/);
    assert.equal(await turnCount(stage), 1, 'what was refused is not queued');
    await ana.reply(asked, `${commandSign}steer: use staging`);
    await postWith(stage, asked, 'I was told: use staging');
    await settled(stage);
    assert.equal((await stage.posts(asked)).filter(isAnswer).length, 1);
    const { rows } = await stage.core.database.pool.query(
      `SELECT body FROM event WHERE type = 'turn.steered'`,
    );
    assert.equal(rows.length, 1);
    assert.match(rows[0].body, /use staging/);
  });

  test(`${name}: I1: a turn that ends before it was told leaves the words as the next request`, async (t) => {
    const stage = await open(lastFirst(t));
    const { commandSign = '' } = stage;
    const ana = await stage.person('ana');
    const asked = await ana.mention('slow');
    await atWork(stage);
    await ana.reply(asked, `${commandSign}steer: say be quick`);
    await until(async () => ((await turnCount(stage)) === 2 ? true : null), 'the words in the queue');
    await stopOnPage(stage, 'Paula');
    await postWith(stage, asked, /^be quick/m);
    await answers(stage, asked, 2);
    await settled(stage);
    assert.equal((await stage.posts(asked)).filter(isAnswer).length, 2);
  });
}

/** What is written now meets a turn that runs. */
async function atWork({ core }: ChatStage): Promise<void> {
  await until(async () => {
    const { rows } = await core.database.pool.query(`SELECT 1 FROM turn WHERE state = 'running'`);
    return rows[0];
  }, 'the turn at work');
}
