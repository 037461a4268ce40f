import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** A program of this folder in a process of its own, gone with `owned`; gives where it listens. */
export async function startProgram(
  owned: AsyncDisposableStack,
  file: string,
  ...args: string[]
): Promise<{ at: string | number; child: ChildProcess }> {
  const child = fork(join(import.meta.dirname, file), args, {
    // As the role runs in production; what it says goes where a bench says things.
    execArgv: ['--disable-warning=ExperimentalWarning', '--disable-sigusr1'],
    stdio: ['ignore', 2, 2, 'ipc'],
  });
  owned.defer(async () => {
    if (child.exitCode === null && child.signalCode === null && child.kill('SIGKILL'))
      await once(child, 'exit');
  });
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`${file} ended with ${code} before it was ready`);
  });
  const [{ at }] = (await Promise.race([once(child, 'message'), ended])) as [{ at: string | number }];
  return { at, child };
}
