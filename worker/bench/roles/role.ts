import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseRoleMessage } from '#core/machine/role.ts';
import type { Use } from './tell-memory.ts';

const project = join(import.meta.dirname, '../../..');

export const roles = {
  bots: 'bots/main.ts',
  worker: 'worker/main.ts',
  egress: 'worker/egress/main.ts',
} as const;

export type RoleName = keyof typeof roles;

/** A role as production runs it: a process from its own main, with one file loaded before that. */
export interface Role {
  name: RoleName;
  use(): Promise<Use>;
}

/** Resolves when the role does its work; gone with `owned`. */
export async function startRole(
  owned: AsyncDisposableStack,
  name: RoleName,
  environment: NodeJS.ProcessEnv,
): Promise<Role> {
  const child = fork(join(project, roles[name]), [], {
    env: environment,
    execArgv: [
      '--disable-warning=ExperimentalWarning',
      '--import',
      pathToFileURL(join(import.meta.dirname, 'tell-memory.ts')).href,
    ],
    stdio: ['ignore', 2, 2, 'ipc'],
  });
  owned.defer(async () => {
    if (child.exitCode === null && child.signalCode === null && child.kill('SIGTERM'))
      await once(child, 'exit');
  });
  await answerOf(child, name, (message) => {
    const said = parseRoleMessage(message);
    return said && 'ready' in said ? true : null;
  });
  return {
    name,
    use: () => {
      const answer = answerOf(child, name, (message) => (message as { use?: Use }).use ?? null);
      child.send('use');
      return answer;
    },
  };
}

/** The first message that `read` understands. */
function answerOf<T>(child: ChildProcess, name: string, read: (message: unknown) => T | null): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const onMessage = (message: unknown) => {
    const answer = read(message);
    if (answer !== null) resolve(answer);
  };
  const onExit = (code: number | null) => reject(new Error(`the role ${name} ended with ${code}`));
  child.on('message', onMessage).once('exit', onExit);
  return promise.finally(() => child.off('message', onMessage).off('exit', onExit));
}
