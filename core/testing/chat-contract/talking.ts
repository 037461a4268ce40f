import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lastFirst } from '#core/testing/last-first.ts';
import { until } from '#core/testing/until.ts';
import type { OpenChatStage } from './stage.ts';
import { answers, isAnswer, postWith, settled, turnCount } from './watch.ts';

/** Asking and being answered. */
export function talkingContract(name: string, open: OpenChatStage): void {
  test(`${name}: I1: a mention is answered once, in its thread, with the receipt line`, async (t) => {
    const stage = await open(lastFirst(t));
    const ana = await stage.person('ana');
    const asked = await ana.mention('say all is well');
    const [answer] = await answers(stage, asked, 1);
    assert.match(answer?.text ?? '', /all is well/);
    await settled(stage);
    assert.equal((await stage.posts(asked)).filter(isAnswer).length, 1);
  });

  test(`${name}: a reply in a session's thread goes on without a mention, in order`, async (t) => {
    const stage = await open(lastFirst(t));
    const ana = await stage.person('ana');
    const asked = await ana.mention('say one');
    await ana.reply(asked, 'say two');
    await ana.reply(asked, 'say three');
    const texts = (await answers(stage, asked, 3)).map(({ text }) => text);
    for (const [index, word] of ['one', 'two', 'three'].entries())
      assert.match(texts[index] ?? '', RegExp(word));
    assert.equal((await stage.core.sessions.list({ limit: 10 })).length, 1);
  });

  test(`${name}: two people in one thread ask in their own names`, async (t) => {
    const stage = await open(lastFirst(t));
    const ana = await stage.person('ana');
    const ben = await stage.person('ben');
    const asked = await ana.mention('say one');
    await ben.reply(asked, 'say two');
    await answers(stage, asked, 2);
    const { rows } = await stage.core.database.pool.query('SELECT DISTINCT author_id FROM turn');
    assert.equal(rows.length, 2);
  });

  test(`${name}: I1, I3: a burst of 100 messages in one thread is answered in order, each once`, async (t) => {
    const stage = await open(lastFirst(t));
    const ana = await stage.person('ana');
    const asked = await ana.mention('say number 0.');
    for (let n = 1; n < 100; n += 1) await ana.reply(asked, `say number ${n}.`);
    for (let n = 10; n <= 100; n += 10) await answers(stage, asked, n);
    await settled(stage);
    const found = (await stage.posts(asked)).filter(isAnswer);
    assert.deepEqual(
      found.map(({ text }) => Number(/number (\d+)\./.exec(text)?.[1])),
      Array.from({ length: 100 }, (_, n) => n),
    );
  });

  test(`${name}: I10: a long answer loses nothing, and its code fences are whole in every part`, async (t) => {
    const stage = await open(lastFirst(t));
    const ana = await stage.person('ana');
    const lines = Array.from({ length: 700 }, (_, n) => `line ${n} of the log, and some more words`);
    const asked = await ana.mention(`say Look:\n\n\`\`\`text\n${lines.join('\n')}\n\`\`\`\n\nThat was all.`);
    await postWith(stage, asked, 'That was all.');
    await settled(stage);
    const posts = await stage.posts(asked);
    const whole = posts.map(({ text }) => text).join('\n');
    for (const line of lines) assert.ok(whole.includes(line), line);
    for (const { text } of posts) assert.equal((text.match(/^```/gm) ?? []).length % 2, 0);
  });

  test(`${name}: I10: a table and letters of all kinds come as they were written`, async (t) => {
    const stage = await open(lastFirst(t));
    const ana = await stage.person('ana');
    const cells = ['host', 'used', 'db-2', '91 %', 'שלום', 'مرحبا', '👩‍👩‍👧‍👦'];
    const [a, b, ...rest] = cells;
    const rows = [
      [a, b],
      ['---', '---'],
      [rest[0], rest[1]],
      [rest[2], rest[3]],
      [rest[4], 'e\u0301'],
    ];
    const table = rows.map((row) => `| ${row.join(' | ')} |`).join('\n');
    const asked = await ana.mention(`say Here it is:\n\n${table}\n\nThat was all.`);
    const [{ text } = { text: '' }] = await answers(stage, asked, 1);
    let from = 0;
    for (const cell of [...cells, 'That was all.']) {
      from = text.indexOf(cell, from);
      assert.ok(from >= 0, `${cell} is missing, or stands before what it follows: ${text}`);
    }
  });

  test(`${name}: a file comes to the turn with its content, and one from the sandbox stands in the thread once`, async (t) => {
    const stage = await open(lastFirst(t));
    const ana = await stage.person('ana');
    const asked = await ana.attach('file report.html', { name: 'numbers.csv', content: 'a,b\n1,2\n' });
    await answers(stage, asked, 1);
    const { rows } = await stage.core.database.pool.query(
      `SELECT blob FROM file WHERE name = 'numbers.csv' AND turn_id IS NOT NULL`,
    );
    assert.equal(rows.length, 1);
    assert.equal(String(await stage.core.blobs.get(rows[0].blob)), 'a,b\n1,2\n');
    const sent = async () => (await stage.posts(asked)).flatMap(({ files }) => files);
    await until(async () => ((await sent()).includes('report.html') ? true : null), 'the file');
    await settled(stage);
    assert.deepEqual(await sent(), ['report.html']);
  });

  test(`${name}: I1: an empty message is refused with words`, async (t) => {
    const stage = await open(lastFirst(t));
    const ana = await stage.person('ana');
    const asked = await ana.mention('');
    await settled(stage);
    assert.equal(await turnCount(stage), 0);
    await until(async () => ((await stage.posts(asked)).length > 0 ? true : null), 'words');
  });

  test(`${name}: I1: what is too long is refused with the limit`, async (t) => {
    const stage = await open(lastFirst(t));
    const ana = await stage.person('ana');
    const asked = await ana.mention(`say ${'x'.repeat(stage.tooLong ?? 70_000)}`);
    await postWith(stage, asked, /I did not start this.*the most I take is \d+ KiB/);
    assert.equal(await turnCount(stage), 0);
  });

  test(`${name}: a failure is said in the thread`, async (t) => {
    const stage = await open(lastFirst(t));
    const ana = await stage.person('ana');
    await postWith(stage, await ana.mention('fail'), 'The model did not answer.');
  });

  test(`${name}: steps are shown as a checklist that folds at the end`, async (t) => {
    const stage = await open(lastFirst(t));
    const ana = await stage.person('ana');
    const asked = await ana.mention('steps 4');
    await answers(stage, asked, 1);
    await postWith(stage, asked, /✓ 4 steps/);
  });
}
