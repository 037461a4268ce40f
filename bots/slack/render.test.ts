import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aCard, aDocument, aReceipt, aStep, at } from '#core/testing/documents.ts';
import { renderNotice, renderSlack } from './render.ts';
import { problemsOf } from './testing/blocks.ts';
import type { JsonObject } from './testing/json.ts';
import type { SlackMessage, SlackPost } from './types.ts';

const now = new Date(at(30));
const messages = (document: Parameters<typeof renderSlack>[0]): SlackMessage[] =>
  renderSlack(document, now)
    .map(({ payload }) => payload as SlackPost)
    .filter((post) => post.type === 'message');
const ended = (answer: string) =>
  aDocument({ state: 'succeeded', answer, finishedAt: at(5), receipt: aReceipt({ ms: 5_000 }) });

test('every post keeps to the limits that the twin quotes from Slack', () => {
  const long = 'x & <y> `z` '.repeat(4_000);
  const documents = [
    ended('short'),
    ended(long),
    ended('| a | b |\n|---|---|\n| 1 | 2 |'),
    aDocument({ steps: Array.from({ length: 60 }, (_, n) => aStep(`$ ${long.slice(0, 500)} ${n}`)) }),
    aDocument({
      approvals: [aCard({ request: { kind: 'command', title: long, subject: long.repeat(2), why: long } })],
    }),
    aDocument({ restarts: Array.from({ length: 60 }, () => ({ at: at(1), done: 1, cut: [long] })) }),
  ];
  for (const document of documents) {
    for (const { text, blocks } of messages(document)) {
      assert.deepEqual(problemsOf(blocks as unknown as JsonObject[]), []);
      assert.ok(blocks.length <= 50 && text.length <= 4_000 && text.length > 0);
      const markdown = blocks.flatMap((block) => (block.type === 'markdown' ? [block.text] : []));
      assert.ok(markdown.join('').length <= 12_000);
    }
  }
  const [notice] = [renderNotice(long).payload as SlackMessage];
  assert.deepEqual(problemsOf((notice?.blocks ?? []) as unknown as JsonObject[]), []);
});

test('I10: an answer that is too long for posts comes whole as a file', () => {
  const answer = Array.from({ length: 6_000 }, (_, n) => `line ${n}`).join('\n');
  const posts = renderSlack(ended(answer), now).map(({ payload }) => payload as SlackPost);
  const file = posts.find((post) => post.type === 'file');
  assert.ok(file?.type === 'file' && 'text' in file.source);
  assert.equal(file.source.text, answer);
});

test('I7: a card that is settled offers nothing to press but its details', () => {
  const card = aCard({
    state: 'granted',
    scope: 'once',
    by: { userId: 'usr_ana', name: 'Ana' },
    decidedAt: at(9),
  });
  const text = JSON.stringify(renderSlack(aDocument({ approvals: [card] }), now));
  assert.doesNotMatch(text, /deckhand\.(allow|deny)/);
  assert.match(text, /✅ Ana allowed this once · <!date\^/);
});

test('what was deleted before it began only settles the note of its waiting', () => {
  const posts = renderSlack(aDocument({ state: 'cancelled', withdrawn: true, startedAt: null }), now);
  assert.deepEqual(
    posts.map(({ slot, late }) => ({ slot, late })),
    [{ slot: 'queue', late: true }],
  );
});

test('what waits says where it stands, with what can be done; far behind, its status alone does', () => {
  const waiting = (ahead: number) =>
    aDocument({ state: 'queued', startedAt: null, queue: { ahead, steerable: ahead === 1 } });
  const [next, ...more] = messages(waiting(1));
  assert.deepEqual(more, []);
  assert.match(JSON.stringify(next), /next in line.*Steer now.*Cancel/);
  assert.doesNotMatch(JSON.stringify(messages(waiting(2))), /Steer now/);
  assert.deepEqual(messages(waiting(6)), []);
});

test('I7: a card about a host offers Always…, and each button carries the revision that was drawn', () => {
  const host = { kind: 'host' as const, title: 'send', subject: 'POST', why: null };
  const reaches = { method: 'POST', host: 'api.example.com', port: 443 };
  const card = aCard({ revision: 3, request: { ...host, reaches } });
  const text = JSON.stringify(renderSlack(aDocument({ approvals: [card] }), now));
  assert.match(text, /Always…/);
  assert.ok((text.match(/@3"/g) ?? []).length >= 4);
  const command = JSON.stringify(renderSlack(aDocument({ approvals: [aCard({})] }), now));
  assert.doesNotMatch(command, /Always…/);
});

test('a command in a checklist formats nothing and pings nobody', () => {
  const steps = ['$ echo <!here>', '$ echo *bold* @channel', '$ c'].map((title) => aStep(title));
  const text = JSON.stringify(renderSlack(aDocument({ steps }), now));
  assert.doesNotMatch(text, /<!here>|@channel/);
});

test('what was asked while we were away says when it was asked', () => {
  const late = renderSlack({ ...ended('done'), sentAt: at(-1_740) }, now);
  assert.match(JSON.stringify(late), /\(asked <!date\^\d+.*I was offline until <!date/);
  assert.doesNotMatch(JSON.stringify(renderSlack(ended('done'), now)), /offline/);
});
