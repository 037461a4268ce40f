import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aCard, aDocument, aReceipt, aStep, at } from '#core/testing/documents.ts';
import { bodyOf, carries } from './post-body.ts';
import { renderDiscord, renderNotice } from './render.ts';
import { checkMessage } from './testing/check-message.ts';
import type { DiscordPost } from './types.ts';

const now = new Date(at(5));
/** What is posted: without what only settles an earlier post. */
const render = (changes: Parameters<typeof aDocument>[0]) =>
  renderDiscord(aDocument(changes), now).filter(({ late }) => !late);
const messagesOf = (posts: ReturnType<typeof render>, slot: string) =>
  (posts.find((post) => post.slot === slot)?.payload as DiscordPost | undefined)?.messages ?? [];
const blobs = { get: async () => Buffer.from('x') } as never;
const key = 'a1'.repeat(12);

const documents: [string, Parameters<typeof aDocument>[0]][] = [
  [
    'a long answer',
    { state: 'succeeded', answer: 'word '.repeat(1_500), finishedAt: at(4), receipt: aReceipt() },
  ],
  ['a very long one', { state: 'succeeded', answer: 'x\n'.repeat(50_000), finishedAt: at(4) }],
  [
    'a long checklist',
    { steps: Array.from({ length: 40 }, (_, n) => aStep(`$ step ${n} ${'y'.repeat(900)}`)) },
  ],
  [
    'a card about much',
    {
      state: 'waiting',
      approvals: [
        aCard({
          request: {
            kind: 'command',
            title: 't'.repeat(900),
            subject: '`'.repeat(9_000),
            why: 'w'.repeat(5_000),
          },
        }),
      ],
    },
  ],
];

for (const [what, document] of documents) {
  test(`Discord takes what is rendered: ${what}`, async () => {
    for (const { payload } of render(document)) {
      for (const message of (payload as DiscordPost).messages) {
        const { body, files } = await bodyOf(message, { key, ping: '123', blobs });
        const uploads = files.map(({ name }) => ({ name, type: 'text/plain', bytes: Buffer.from('x') }));
        checkMessage(body as Record<string, unknown>, uploads);
      }
    }
  });
}

test('I10: an answer of too many parts comes whole as a file', () => {
  const answer = 'long line\n'.repeat(2_000).trim();
  const [first] = messagesOf(render({ state: 'succeeded', answer, finishedAt: at(4) }), 'answer:0');
  const source = first?.files?.[0]?.source;
  assert.ok(source && 'text' in source && source.text.includes(answer));
});

test('the last message of every post carries its key, with or without buttons', async () => {
  const posts = render({
    state: 'waiting',
    steps: [aStep('$ a'), aStep('$ b'), aStep('$ c')],
    approvals: [aCard()],
  });
  for (const { payload } of [...posts, renderNotice('a line')]) {
    const last = (payload as DiscordPost).messages.at(-1);
    assert.ok(last);
    const { body } = await bodyOf(last, { key, ping: null, blobs });
    assert.ok(carries({ components: body.components as never }, key));
    assert.ok(!carries({ components: body.components as never }, 'b2'.repeat(12)));
  }
});

test('nothing that is sent may ping anybody but the one who is meant', async () => {
  const { body } = await bodyOf({ content: '@everyone <@1> <@&2>' }, { key: null, ping: '7', blobs });
  assert.deepEqual(body.allowed_mentions, { parse: [], users: ['7'] });
});

test('the answer of a turn that took over a minute pings its asker; a shorter one does not', () => {
  const ping = (ms: number) => {
    const [answer] = render({
      state: 'succeeded',
      answer: 'x',
      finishedAt: at(4),
      receipt: aReceipt({ ms }),
    });
    assert.ok(answer);
    return (answer.payload as DiscordPost).ping;
  };
  assert.equal(ping(59_000), null);
  assert.equal(ping(61_000), 'msg_1');
});

test('I7: the buttons of a card answer the revision of it that was read', () => {
  const [post] = render({ approvals: [aCard({ revision: 3 })] }).filter(({ kind }) => kind === 'approval');
  assert.match(JSON.stringify(post?.payload), /once\|apr_1@3/);
});
