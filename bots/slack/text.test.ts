import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addresses, plainText } from './text.ts';

const bot = 'U0BOT';
const names = (id: string) => (id === 'U0ANA' ? 'ana' : id);

test('Slack text reads as it was typed', () => {
  const table = [
    ['<@U0BOT> look', 'look'],
    ['<@U0BOT>, look at <@U0ANA>', 'look at @ana'],
    ['a &lt;b&gt; &amp;amp;', 'a <b> &amp;'],
    [
      '<https://example.org/a|example.org/a> <https://example.org|this>',
      'example.org/a this (https://example.org)',
    ],
    ['<#C0OPS|ops> <!here> <!subteam^S1|@team>', '#ops @here @team'],
    ['ask <@U0BOT> later', 'ask @U0BOT later'],
  ] as const;
  for (const [slack, plain] of table) assert.equal(plainText(slack, bot, names), plain);
});

test('a mention counts only where it is said to the bot', () => {
  const table = [
    ['<@U0BOT> go', true],
    ['please, <@U0BOT>', true],
    ['`<@U0BOT>` is its name', false],
    ['```\n<@U0BOT> go\n```', false],
    ['&gt; <@U0BOT> go\nwhat was that?', false],
    ['<@U0ANA> go', false],
  ] as const;
  for (const [text, counts] of table) assert.equal(addresses({ text }, bot), counts, text);
});

test('the blocks of a typed message say what is quoted', () => {
  const user = { type: 'user', user_id: bot };
  const block = (type: string) => ({ type: 'rich_text', elements: [{ type, elements: [user] }] });
  const text = '<@U0BOT>';
  assert.ok(addresses({ text, blocks: [block('rich_text_section')] }, bot));
  assert.ok(!addresses({ text, blocks: [block('rich_text_quote')] }, bot));
  assert.ok(!addresses({ text, blocks: [block('rich_text_preformatted')] }, bot));
});
