import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { environmentWith } from '#core/config.ts';
import { DeckhandError } from '#core/errors.ts';
import { stopSignal } from '#core/machine/role.ts';
import { settle } from './setup/ending.ts';
import { generatePrismaClient } from './setup/prisma-client.ts';
import { openSteps } from './setup/steps.ts';
import { runTests, testFiles } from './setup/test-files.ts';

const project = join(import.meta.dirname, '..');

/** `npm run check`: all that a machine can check without Postgres, Docker and a browser. */
async function main(): Promise<void> {
  const signal = stopSignal();
  const steps = openSteps(process.stderr);
  await steps.run('Prisma client', generatePrismaClient);
  const results = await Promise.allSettled([
    steps.run('Format and lint', () => tool('@biomejs/biome/bin/biome', ['check', '.'], signal)),
    steps.run('Types', () => tool('typescript/lib/tsc.js', ['-p', '.', '--pretty'], signal)),
    steps.run('Types of the page', () =>
      tool('typescript/lib/tsc.js', ['-p', 'bots/admin/assets', '--pretty'], signal),
    ),
  ]);
  const files = testFiles({ fastOnly: true });
  const say = (text: string) => process.stdout.write(text);
  const failures = await runTests({ files, environment: environmentWith({}), signal, say });
  if (failures !== 0 || results.some(({ status }) => status === 'rejected')) process.exitCode = 1;
}

/** Runs a package's program and prints what it says only when it fails. */
async function tool(program: string, args: string[], signal: AbortSignal): Promise<void> {
  const child = spawn(process.execPath, [join(project, 'node_modules', program), ...args], {
    cwd: project,
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  }
  const code = await new Promise((done, fail) => child.on('error', fail).on('close', done));
  if (code === 0) return;
  process.stderr.write(said);
  throw new DeckhandError('check.failed', `${program} found faults`);
}

await settle(main);
