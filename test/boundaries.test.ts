import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { rules } from './boundary-rules.ts';
import { findCycles, importsOf, readImports } from './imports.ts';

const project = join(import.meta.dirname, '..');
const imports = readImports(project, ['bin', 'bots', 'core', 'test', 'worker']);

const imported = new Set(imports.map(({ to }) => to));

/** An import that breaks each rule, in the order of the rules. */
const offences: [string, string][] = [
  ['core/turns/submit.ts', 'bots/inbound.ts'],
  ['worker/turn-runner.ts', 'bots/outbound.ts'],
  ['worker/turn-runner.ts', 'bin/up.ts'],
  ['core/turns/submit.ts', 'core/infra/turns.ts'],
  ['bots/console/adapter.ts', 'bots/slack/render.ts'],
  ['worker/egress/proxy.ts', 'core/turns/submit.ts'],
  ['bin/up.ts', 'worker/main.ts'],
  ['bots/http/app.ts', 'npm:bullmq'],
  ['worker/turn-runner.ts', 'npm:@openai/agents'],
  ['worker/turn-runner.ts', 'npm:@modelcontextprotocol/sdk/types.js'],
  ['bots/outbound.ts', 'npm:@slack/bolt'],
  ['bots/inbound.ts', 'npm:matrix-bot-sdk'],
  ['bots/outbound.ts', 'npm:discord.js'],
  ['worker/turn-runner.ts', 'npm:dockerode'],
];

for (const [index, rule] of rules.entries()) {
  test(`boundary: ${rule.name}`, () => {
    const [from, to] = offences[index] ?? ['', ''];
    assert.ok(rule.forbids({ from, to }), `the rule does not notice ${from} → ${to}`);
    const broken = imports.filter((one) => rule.forbids(one)).map(({ from, to }) => `${from} → ${to}`);
    assert.deepEqual(broken, []);
  });
}

test('no files import each other in a ring', () => {
  const ring = [
    { from: 'a', to: 'b' },
    { from: 'b', to: 'c' },
    { from: 'c', to: 'b' },
  ];
  assert.deepEqual(findCycles(ring), ['b → c → b']);
  assert.deepEqual(findCycles(imports), []);
});

test('imports are seen in every shape the formatter writes', () => {
  const text = [
    "import a from 'a';",
    "import type {\n  B,\n} from '#core/b.ts';",
    "import './c.ts';",
    "export { d } from '../d.ts';",
    "export type * from '@e/e/deep.js';",
    "const f = await import('f');",
    "import 'node:fs';",
    "// import g from 'g';",
  ].join('\n');
  assert.deepEqual(importsOf(text, 'bots/x/y.ts').sort(), [
    'bots/d.ts',
    'bots/x/c.ts',
    'core/b.ts',
    'npm:@e/e',
    'npm:a',
    'npm:f',
  ]);
});

test('every local import is a file: the graph above is whole', () => {
  const files = new Set(
    globSync('{package.json,{bin,bots,core,test,worker}/**/*.{ts,js,json}}', { cwd: project }),
  );
  const missing = imports.filter(
    ({ to }) => !to.startsWith('npm:') && !to.startsWith('core/infra/generated/') && !files.has(to),
  );
  assert.deepEqual(missing, []);
  assert.ok(imports.length > 100);
});

test('who has no Discord does not load discord.js: the role that starts imports it only when it is set up', () => {
  const files = new Set(['bots/main.ts']);
  for (const file of files) {
    const text = file.endsWith('.ts') ? readFileSync(join(project, file), 'utf8') : '';
    const atStart = text.replace(/\bimport\([^)]*\)/g, '').replace(/^(import|export) type [^;]*;/gm, '');
    for (const to of importsOf(atStart, file)) if (to.startsWith('npm:') || imported.has(to)) files.add(to);
  }
  assert.ok(files.has('npm:@slack/bolt'), 'the walk reaches packages');
  assert.ok(![...files].some((one) => /^npm:(discord\.js|@discordjs\/)/.test(one)));
});

test('only core/config.ts reads the environment, and one file of the bootstrap that runs before it', () => {
  const readers = globSync('{bin,bots,core,test,worker}/**/*.{ts,js}', {
    cwd: project,
    exclude: ['core/infra/generated/**', '**/fixtures/**'],
  })
    .filter((file) => !file.endsWith('.test.ts'))
    .filter((file) =>
      /process\.env\b|\benv\b[^;]*from 'node:process'/.test(readFileSync(join(project, file), 'utf8')),
    );
  assert.deepEqual(readers.sort(), ['bin/bootstrap/environment.js', 'core/config.ts']);
});

test('every file has at most 400 lines', () => {
  const long = globSync('{bin,bots,core,test,worker,prisma,sandbox-images}/**/*.{ts,js,css,c}', {
    cwd: project,
    exclude: ['core/infra/generated/**', '**/fixtures/**'],
  }).filter((file) => readFileSync(join(project, file), 'utf8').split('\n').length > 401);
  assert.deepEqual(long, []);
});
