import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DeckhandError } from '#core/errors.ts';
import { parseRoleMessage, type RoleMessage } from '#core/machine/role.ts';

export interface RoleToRun {
  name: string;
  /** Absolute path of its main file. */
  file: string;
  /** Names in the environment that are not for this role. */
  withheld?: readonly string[];
}

export interface Supervision {
  roles: RoleToRun[];
  environment: NodeJS.ProcessEnv;
  /** Folder for what the roles say, a file each; null: they say it here. */
  logs: string | null;
  /** Ends a start that is under way. */
  signal: AbortSignal;
  /** What a role tells; `ready` comes again after a restart. */
  onMessage(role: string, message: RoleMessage): void;
  /** A line for the person at the terminal. */
  onLine(line: string): void;
}

/** A role that does not stop when asked is ended after this. */
const graceMs = 3_000;
const readyWithinMs = 60_000;
/** Fixed, since flags of this process are no business of the roles. */
const execArgv = ['--disable-warning=ExperimentalWarning'];
const shownLines = 10;
const backoffMs = [250, 500, 1_000, 2_000, 5_000, 10_000];
/** A role that lived this long had a good start: the next backoff begins anew. */
const steadyMs = 30_000;

/**
 * Runs the roles as processes of their own and starts again those that die.
 * @returns once all are ready; `stop` ends them all, within `graceMs`.
 * @throws {DeckhandError} `role.not_started` when one dies or is silent before it was ever ready.
 */
export async function supervise(supervision: Supervision): Promise<{ stop(): Promise<void> }> {
  const stopping = new AbortController();
  const kept = supervision.roles.map((role) => keep(role, supervision, stopping.signal));
  const stop = async (): Promise<void> => {
    stopping.abort();
    await Promise.all(kept.map((one) => one.ended));
  };
  const giveUp = (): void => stopping.abort();
  supervision.signal.addEventListener('abort', giveUp, { once: true });
  try {
    await Promise.all(kept.map((one) => one.ready));
  } catch (error) {
    await stop();
    throw error;
  } finally {
    supervision.signal.removeEventListener('abort', giveUp);
  }
  return { stop };
}

interface Kept {
  ready: Promise<void>;
  ended: Promise<void>;
}

function keep(role: RoleToRun, supervision: Supervision, stopping: AbortSignal): Kept {
  const ready = Promise.withResolvers<void>();
  const refuse = (why: string): void =>
    ready.reject(
      new DeckhandError('role.not_started', `The role ${role.name} ${why}. ${lastWords(role, supervision)}`),
    );
  const timer = setTimeout(() => refuse(`was not ready within ${readyWithinMs / 1000} s`), readyWithinMs);
  let everReady = false;

  const run = async (): Promise<void> => {
    for (let deaths = 0; !stopping.aborted; ) {
      const started = Date.now();
      const child = start(role, supervision, () => {
        everReady = true;
        ready.resolve();
      });
      const end = await untilEnd(child, stopping);
      if (stopping.aborted) break;
      if (!everReady) return refuse(`ended before it was ready (${end})`);
      deaths = Date.now() - started > steadyMs ? 0 : deaths + 1;
      const waitMs = backoffMs[Math.min(deaths, backoffMs.length) - 1] ?? 0;
      supervision.onLine(`✗ The role ${role.name} ended (${end}); starting it again in ${waitMs / 1000} s`);
      await sleep(waitMs, undefined, { signal: stopping }).catch(() => {});
    }
    ready.reject(stopping.reason);
  };
  return { ready: ready.promise, ended: run().finally(() => clearTimeout(timer)) };
}

function start(role: RoleToRun, supervision: Supervision, onReady: () => void): ChildProcess {
  // A group of its own: Ctrl-C reaches us alone, and we decide the order in which things stop.
  const output =
    supervision.logs === null ? 'inherit' : openSync(logFile(role, supervision.logs), 'a', 0o600);
  const child = fork(role.file, [], {
    env: without(supervision.environment, role.withheld ?? []),
    execArgv,
    detached: true,
    stdio: ['ignore', output, output, 'ipc'],
  });
  if (typeof output === 'number') closeSync(output);
  child.on('message', (raw) => {
    const message = parseRoleMessage(raw);
    if (!message) return;
    if ('ready' in message) onReady();
    supervision.onMessage(role.name, message);
  });
  return child;
}

function without(environment: NodeJS.ProcessEnv, names: readonly string[]): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !names.includes(name)));
}

function logFile(role: RoleToRun, folder: string): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return join(folder, `${role.name}.log`);
}

/** What a role said before it ended, for the person at the terminal. */
function lastWords(role: RoleToRun, { logs }: Supervision): string {
  if (logs === null) return 'Its own words are above.';
  const file = logFile(role, logs);
  const lines = existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n').slice(-shownLines) : [];
  if (lines.join('').trim() === '') return `It said nothing (${file}).`;
  return `Its last words (${file}):\n${lines.join('\n')}`;
}

/** @returns how it ended, in words. */
async function untilEnd(child: ChildProcess, signal: AbortSignal): Promise<string> {
  let killer: NodeJS.Timeout | undefined;
  const stop = (): void => {
    child.kill('SIGTERM');
    killer = setTimeout(() => child.kill('SIGKILL'), graceMs);
  };
  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop, { once: true });
  try {
    const [code, killedBy] = await once(child, 'exit');
    return killedBy ? `killed by ${killedBy}` : `exit status ${code}`;
  } catch (error) {
    return String(error);
  } finally {
    clearTimeout(killer);
    signal.removeEventListener('abort', stop);
  }
}
