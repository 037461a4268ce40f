import { spawn } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FailedTest } from './failure-reporter.ts';
import { endOf } from './run-program.ts';

const project = join(import.meta.dirname, '../..');
const everywhere = '{bin,bots,core,test,worker}/**/*.test.ts';

/** All tests, or only the fast ones, which need nothing but Node. */
export function testFiles({ fastOnly = false } = {}): string[] {
  const files = globSync(everywhere, { cwd: project }).sort();
  return fastOnly ? files.filter((file) => !file.endsWith('.live.test.ts')) : files;
}

export interface TestRun {
  files: string[];
  environment: NodeJS.ProcessEnv;
  signal: AbortSignal;
  /** Where its words go. */
  say(text: string): void;
}

/**
 * Runs them on two processors with Node's runner; says only what failed, and the summary. Files under which Node itself
 * crashed, and nothing of ours failed, are named and run once more. @returns the exit status.
 */
export async function runTests(run: TestRun): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'deckhand-tests-'));
  try {
    const failures = join(folder, 'failures');
    const status = await runOnce(run, failures);
    const failed = readFileSync(failures, 'utf8').split('\n').filter(Boolean);
    const tests = failed.map((line) => JSON.parse(line) as FailedTest);
    if (status === 0 || tests.length === 0 || !tests.every(({ crashed }) => crashed)) return status;
    const files = tests.map(({ file }) => file);
    run.say(`\nNode itself crashed under these; they are run once more:\n  ${files.join('\n  ')}\n`);
    return await runOnce({ ...run, files }, failures);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function runOnce({ files, environment, signal, say }: TestRun, failures: string): Promise<number> {
  const reporters = [
    ['quiet-reporter.ts', 'stdout'],
    ['failure-reporter.ts', failures],
  ].flatMap(([name = '', to]) => [
    `--test-reporter=${join(import.meta.dirname, name)}`,
    `--test-reporter-destination=${to}`,
  ]);
  const flags = ['--test', '--test-concurrency=2', '--test-timeout=180000', ...reporters];
  const child = spawn(process.execPath, [...flags, '--disable-warning=ExperimentalWarning', ...files], {
    cwd: project,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', say);
  return endOf(child, signal);
}
