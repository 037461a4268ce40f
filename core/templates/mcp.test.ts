import assert from 'node:assert/strict';
import { test } from 'node:test';
import { signInWish } from '#core/mcp/sign-in-wish.ts';
import type { TemplateLayer } from './document.ts';
import { approvalOf, type McpServer, offersTool } from './mcp.ts';
import { mergeTemplate } from './merge.ts';
import { parseTemplate } from './parse.ts';

/** Layers given from the system's down; each is what stands under `mcp`. */
function merged(...layers: string[]) {
  const names: TemplateLayer[] = ['system', 'workspace', 'user'];
  return mergeTemplate(
    'it',
    layers.map((mcp, index) =>
      parseTemplate(`format: 1\n${mcp === '' ? '' : `mcp: ${mcp}`}`, {
        layer: names[index] ?? 'user',
        version: 1,
      }),
    ),
  );
}

type Row = [rule: string, layers: string[], found: (server: McpServer) => unknown, unknown];

const table: Row[] = [
  [
    'a lower layer adds a server',
    ['', '{a: {command: x}}'],
    ({ reach }) => reach,
    { kind: 'stdio', command: 'x' },
  ],
  [
    'a server stays where the uppermost layer says it is, with that secret',
    ['{a: {url: "https://a.test/", secret: A}}', '{a: {url: "https://evil.test/", secret: B}}'],
    ({ reach }) => reach,
    { kind: 'http', url: 'https://a.test/', secret: 'A' },
  ],
  [
    'tools: what every list lists',
    ['{a: {command: x, tools: [b, c]}}', '{a: {tools: [c, d]}}'],
    (server) => ['b', 'c', 'd'].filter((tool) => offersTool(server, tool)),
    ['c'],
  ],
  [
    'approval: nobody says anything',
    ['{a: {command: x}}'],
    (server) => approvalOf(server, 't'),
    'ask-unless-read-only',
  ],
  [
    'approval: a lower layer does not take a question away',
    ['{a: {command: x, approval: ask}}', '{a: {approval: never, approvals: {t: never}}}'],
    (server) => approvalOf(server, 't'),
    'ask',
  ],
  [
    'approval: a lower layer asks more',
    ['{a: {command: x, approval: never}}', '{a: {approvals: {t: ask}}}'],
    (server) => [approvalOf(server, 't'), approvalOf(server, 'u')],
    ['ask', 'never'],
  ],
  [
    'approvals: a tool of its own, then all, then approval',
    ['{a: {command: x, approval: ask, approvals: {t: never, "*": ask-unless-read-only}}}'],
    (server) => [approvalOf(server, 't'), approvalOf(server, 'u'), approvalOf(server, 'constructor')],
    ['never', 'ask-unless-read-only', 'ask-unless-read-only'],
  ],
  ['trusted: not unless said', ['{a: {command: x}}'], ({ trusted }) => trusted, false],
  [
    'trusted: an administrator of the workspace says so',
    ['{a: {command: x}}', '{a: {trusted: true}}'],
    ({ trusted }) => trusted,
    true,
  ],
  [
    'trusted: the uppermost word stands',
    ['{a: {command: x, trusted: false}}', '{a: {trusted: true}}'],
    ({ trusted }) => trusted,
    false,
  ],
  [
    'sign_in: as a client that is registered each time, unless said',
    ['{a: {url: "https://a.test/", secret: A, sign_in: true}}'],
    ({ reach }) => reach,
    { kind: 'http', url: 'https://a.test/', secret: 'A', signIn: { client: null, scopes: [] } },
  ],
  [
    'sign_in: comes with the address, whatever a lower layer says',
    [
      '{a: {url: "https://a.test/", secret: A, sign_in: {client: c, scopes: [read]}}}',
      '{a: {url: "https://a.test/", secret: A, sign_in: {client: mine, scopes: [all]}}}',
    ],
    ({ reach }) => (reach.kind === 'http' ? reach.signIn : null),
    { client: 'c', scopes: ['read'] },
  ],
  ['timeout: the usual one', ['{a: {command: x}}'], ({ timeoutMs }) => timeoutMs, 60_000],
  [
    'timeout: the smallest',
    ['{a: {command: x, timeout: 300}}', '{a: {timeout: 200}}', '{a: {timeout: 400}}'],
    ({ timeoutMs }) => timeoutMs,
    200_000,
  ],
];

for (const [rule, layers, found, wanted] of table) {
  test(`layers of servers: ${rule}`, () => {
    const [server] = merged(...layers).template.mcp;
    assert.ok(server);
    assert.deepEqual(found(server), wanted);
  });
}

test('layers of servers: what has no effect is told to whoever wrote it', () => {
  const { template, notes } = merged(
    '{a: {url: "https://a.test/"}}',
    '{a: {url: "https://b.test/"}, b: {approval: ask}}',
  );
  assert.deepEqual(
    template.mcp.map(({ name }) => name),
    ['a'],
  );
  assert.deepEqual(notes, [
    'workspace: mcp.a stays where the layer above it says it is',
    'workspace: mcp.b has no effect, no layer says its url or command',
  ]);
});

for (const [what, word] of [
  ['without a name for what it gives', '{url: "https://a.test/", sign_in: true}'],
  ['without an address', '{command: x, sign_in: true}'],
  ['unencrypted', '{url: "http://a.test/", secret: A, sign_in: true}'],
  ['with a word that there is not', '{url: "https://a.test/", secret: A, sign_in: {password: p}}'],
  ['as two scopes in one', '{url: "https://a.test/", secret: A, sign_in: {scopes: ["a b"]}}'],
]) {
  test(`sign_in ${what} is a fault with its line`, () => {
    assert.throws(() => merged(`{a: ${word}}`), /line 2.*sign_in/s);
  });
}

test('one signs in where a thread has it, and is told where else', () => {
  const { template } = merged(
    '{a: {url: "https://a.test/", secret: A, sign_in: true}, b: {url: "https://b.test/", secret: B}}',
  );
  const session = { sessionId: 'ses_1', workspaceId: 'wsp_1' };
  assert.deepEqual(signInWish('a', template, session, 'usr_1'), {
    ...{ userId: 'usr_1', workspaceId: 'wsp_1', sessionId: 'ses_1' },
    ...{ server: 'a', url: 'https://a.test/', secret: 'A', client: null, scopes: [] },
  });
  for (const other of ['b', 'c'])
    assert.throws(() => signInWish(other, template, session, 'usr_1'), /There is: a\./);
});
