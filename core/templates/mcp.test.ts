import assert from 'node:assert/strict';
import { test } from 'node:test';
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
