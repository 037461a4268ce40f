import type { Import } from './imports.ts';

/** A rule about imports: who may not import what. */
export interface Rule {
  name: string;
  forbids(one: Import): boolean;
}

/** Tests, proofs and benches put roles and vendors together to prove them. */
const isTest = (file: string): boolean =>
  /\.test\.ts$|(^|\/)testing\/|\/contract(-\w+)?\.ts$|^worker\/(proof|bench)\//.test(file);
const topOf = (path: string): string => path.split('/')[0] ?? '';
const adapterOf = (path: string): string | undefined =>
  /^bots\/(slack|matrix|discord|console)\//.exec(path)?.[1];

/** DESIGN §3, one line each; the test proves of each that it would notice. */
export const rules: Rule[] = [
  {
    name: 'core imports no role and no start script',
    forbids: ({ from, to }) => topOf(from) === 'core' && ['bots', 'worker', 'bin'].includes(topOf(to)),
  },
  {
    name: 'bots and worker never import each other',
    forbids: ({ from, to }) => !isTest(from) && [topOf(from), topOf(to)].sort().join() === 'bots,worker',
  },
  {
    name: 'nothing but bin imports bin',
    forbids: ({ from, to }) => !['bin', 'test'].includes(topOf(from)) && topOf(to) === 'bin',
  },
  {
    name: 'core/infra imports the rules, never the other way',
    forbids: ({ from, to }) =>
      /^core\/(?!infra\/)[^/]+\//.test(from) && !isTest(from) && to.startsWith('core/infra/'),
  },
  {
    name: 'adapters never import each other',
    forbids: ({ from, to }) => !!adapterOf(from) && !!adapterOf(to) && adapterOf(from) !== adapterOf(to),
  },
  {
    name: 'egress sees only policy, secrets, approvals, doors, events, infra and the root of core',
    forbids: ({ from, to }) =>
      from.startsWith('worker/egress/') &&
      /^(core|worker)\//.test(to) &&
      !(isTest(from) && to.startsWith('core/testing/')) &&
      !/^worker\/egress\/|^core\/(policy|secrets|approvals|doors|events|infra|machine)\/|^core\/[^/]+$/.test(
        to,
      ),
  },
  { name: 'nobody imports a main', forbids: ({ to }) => to.endsWith('/main.ts') },
  vendor(
    'the database and the queue',
    /^npm:(@prisma\/(client|adapter-pg)|bullmq|ioredis|pg)$/,
    /^core\/infra\//,
  ),
  vendor('the Agents SDK and the AI SDK', /^npm:@(openai\/agents|ai-sdk\/)/, /^worker\/agent\//),
  vendor('the MCP SDK', /^npm:@modelcontextprotocol\/sdk/, /^worker\/(mcp|egress\/sign-in)\//),
  vendor('Slack', /^npm:(@slack\/.+|ws)$/, /^bots\/slack\//),
  vendor(
    'the Matrix SDK and its encryption',
    /^npm:(matrix-bot-sdk$|@matrix-org\/|fake-indexeddb)/,
    /^bots\/matrix\//,
  ),
  vendor('Discord', /^npm:(discord\.js|@discordjs\/|discord-api-types)/, /^bots\/discord\//),
  vendor('Docker', /^npm:dockerode$/, /^(worker\/sandbox\/docker|bin\/setup)\//),
];

/** A package that one folder owns, so that its types cannot leak. */
function vendor(what: string, packages: RegExp, home: RegExp): Rule {
  return {
    name: `${what} stay in the folder that owns them`,
    forbids: ({ from, to }) => packages.test(to) && !home.test(from) && !isTest(from),
  };
}
