import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lastFirst } from '#core/testing/last-first.ts';
import { until } from '#core/testing/until.ts';
import type { ChatStage, OpenChatStage } from './stage.ts';
import { answers, isAnswer, need, postWith, restart, settled, stopOnPage, turnCount } from './watch.ts';

/** Meeting people, and reaching them where the thread cannot. */
export function meetingContract(name: string, open: OpenChatStage): void {
  test(`${name}: whoever brings us in is told once what we do`, async (t) => {
    const stage = await open(lastFirst(t));
    const talk = need(stage.talk, 'talk');
    talk.doubled();
    const place = await talk.invite();
    await until(async () => ((await stage.posts(place)).length > 0 ? true : null), 'words of welcome');
    await restart(stage);
    await settled(stage);
    const said = await stage.posts(place);
    assert.equal(said.length, 1);
    assert.match(said[0]?.text ?? '', /Try|try/);
    assert.equal(await turnCount(stage), 0);
  });

  test(`${name}: I1: who writes to us alone needs no mention`, async (t) => {
    const stage = await open(lastFirst(t));
    await stage.person('ana');
    await answers(stage, await need(stage.talk, 'talk').tell('ana', 'say hello'), 1);
    assert.equal(await turnCount(stage), 1);
  });

  test(`${name}: an approver who does not answer is reached alone, once`, async (t) => {
    const stage = await open(lastFirst(t));
    const talk = need(stage.talk, 'talk');
    const ana = await stage.person('ana');
    const asked = await ana.mention('careful $ echo hi');
    await postWith(stage, asked, 'echo hi');
    const before = (await stage.posts(asked)).length;
    await talk.remind();
    await stage.core.database.pool.query(`UPDATE approval SET created_at = now() - interval '16 minutes'`);
    await talk.remind();
    await restart(stage);
    await talk.remind();
    await told(stage, 'ana', /A question waits for you/);
    await settled(stage);
    assert.equal((await talk.directs('ana')).length, 1);
    assert.equal((await stage.posts(asked)).length, before);
  });

  test(`${name}: I1: where a thread takes nothing any more, whoever asked is told alone, once`, async (t) => {
    const stage = await open(lastFirst(t));
    const ana = await stage.person('ana');
    const asked = await ana.mention('slow');
    await until(async () => ((await turnCount(stage)) === 1 ? true : null), 'the turn');
    await need(stage.faults, 'faults').shut(asked);
    await stopOnPage(stage, 'Paula');
    await told(stage, 'ana', /Stopped by Paula/);
    await restart(stage);
    await settled(stage);
    assert.equal((await need(stage.talk, 'talk').directs('ana')).length, 1);
    assert.equal((await stage.posts(asked)).filter(isAnswer).length, 0);
  });

  test(`${name}: I1: a question whose message is deleted under its turn still ends before its asker's eyes`, async (t) => {
    const stage = await open(lastFirst(t));
    const ana = await stage.person('ana');
    const asked = await ana.mention('slow');
    await until(async () => {
      const { rows } = await stage.core.database.pool.query(`SELECT 1 FROM turn WHERE state = 'running'`);
      return rows.length > 0 ? true : null;
    }, 'the turn at work');
    await need(stage.edits, 'edits').remove(asked);
    await stopOnPage(stage, 'Paula');
    const ends = async () => {
      const alone = await need(stage.talk, 'talk').directs('ana');
      const there = (await stage.posts(asked)).map(({ text }) => text);
      return [...alone, ...there].filter((text) => text.includes('Stopped by Paula'));
    };
    await until(async () => ((await ends()).length > 0 ? true : null), 'the end of the turn');
    await settled(stage);
    assert.equal((await ends()).length, 1);
  });
}

/** Waits for words to one person alone. */
async function told(stage: ChatStage, name: string, words: RegExp): Promise<void> {
  const { directs } = need(stage.talk, 'talk');
  await until(
    async () => (await directs(name)).find((text) => words.test(text)),
    `words to ${name} alone with ${words}`,
  );
}
