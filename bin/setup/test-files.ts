import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { join } from 'node:path';

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
}

/** Runs them on two processors with Node's runner; says only what failed, and the summary. @returns the exit status. */
export async function runTests({ files, environment, signal }: TestRun): Promise<number> {
  const reporter = join(import.meta.dirname, 'quiet-reporter.ts');
  const flags = ['--test', '--test-concurrency=2', '--test-timeout=180000', `--test-reporter=${reporter}`];
  const child = spawn(process.execPath, [...flags, '--disable-warning=ExperimentalWarning', ...files], {
    cwd: project,
    env: environment,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const stop = (): void => void child.kill('SIGTERM');
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await new Promise<number>((done, fail) => {
      child.on('error', fail).on('close', (code) => done(code ?? 1));
    });
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
