import { type ChildProcess, spawn } from 'node:child_process';

export interface ProgramRun {
  /** A file of ours, run by the Node that runs this. */
  file: string;
  args: string[];
  environment: NodeJS.ProcessEnv;
  signal: AbortSignal;
}

/** Runs a program of this project to its end; asks it to stop when we are. @returns its exit status. */
export async function runProgram({ file, args, environment, signal }: ProgramRun): Promise<number> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', file, ...args], {
    env: environment,
    // The channel says to the child that we are gone, also after `kill -9`.
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  return endOf(child, signal);
}

/** The exit status of a process, once all of its output has come; 1 where a signal ended it. It is asked to stop when we are. */
export async function endOf(child: ChildProcess, signal: AbortSignal): Promise<number> {
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
