import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { environmentWith } from '#core/config.ts';
import type { RoleReady, RoleSettings } from './role-settings.ts';

/** The end of a process that had said it was ready. */
export interface Loss {
  /** Unix time in ms. */
  at: number;
  /** Null for bots. */
  worker: string | null;
  /** `SIGKILL`, or how it ended when nobody killed it. */
  how: string;
}

/** Keeps one process of a role alive, as a supervisor does: what dies is started again. */
export interface RoleKeeper {
  /** What the process said when it was ready; null while there is none. @throws when it failed to start too often */
  ready(): RoleReady | null;
  kill(): void;
  /** Asks it to end, as an upgrade does; resolves when its successor is ready. */
  renew(): Promise<void>;
  /** Stops the process's clock for a while. */
  pause(ms: number): Promise<void>;
  /** Ends it for good. */
  stop(): Promise<void>;
}

interface KeeperOptions {
  /** A file beside this one, or in a folder beside it. */
  program: string;
  /** File descriptor its log goes to. */
  log: number;
  /** Asked for each start. */
  settings(): RoleSettings;
  /** From an end to the next start, in ms. */
  restartMs(): number;
  /** How long a process that stopped its own clock stays so, in ms. */
  stoppedMs: number;
  /** After a start, in ms from it. */
  onReady?(tookMs: number): void;
  onLoss(loss: Loss): void;
}

/** A start that fails this often in a row is no fault of the run's but a broken program. */
const maxFailedStarts = 40;

export function keepRole(options: KeeperOptions): RoleKeeper {
  let stopped = false;
  let child: ChildProcess | null = null;
  let ready: RoleReady | null = null;
  let gaveUp: Error | null = null;

  const signal = (name: NodeJS.Signals) => {
    if (child?.exitCode === null && child.signalCode === null) child.kill(name);
  };

  async function live(): Promise<void> {
    let failedStarts = 0;
    while (!stopped) {
      const startedAt = performance.now();
      child = start(options);
      child.once('message', (message: RoleReady) => {
        ready = message;
        options.onReady?.(performance.now() - startedAt);
      });
      const waking = wakeStopped(child, options.stoppedMs);
      const [code, killedBy] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
      clearInterval(waking);
      const was = ready;
      ready = null;
      if (stopped) return;
      failedStarts = was ? 0 : failedStarts + 1;
      if (failedStarts > maxFailedStarts) throw new Error(`${options.program} does not start; see its log`);
      const how = killedBy ?? `exit ${code}`;
      if (was) options.onLoss({ at: Date.now(), worker: 'worker' in was ? was.worker : null, how });
      await sleep(options.restartMs());
    }
  }

  const living = live();
  // Heard when somebody asks whether it is ready, and when it is stopped.
  living.catch((error: Error) => {
    gaveUp = error;
  });
  return {
    ready: () => {
      if (gaveUp) throw gaveUp;
      return ready;
    },
    kill: () => signal('SIGKILL'),
    renew: async () => {
      const before = ready;
      signal('SIGTERM');
      while (!stopped && (ready === null || ready === before)) await sleep(20);
    },
    pause: async (ms) => {
      signal('SIGSTOP');
      await sleep(ms);
      signal('SIGCONT');
    },
    stop: async () => {
      stopped = true;
      signal('SIGKILL');
      await living;
    },
  };
}

/** Lets a process that stopped itself go on after a while, once for each stop. */
function wakeStopped(child: ChildProcess, stoppedMs: number): NodeJS.Timeout {
  let waking = false;
  return setInterval(() => {
    if (waking || !isStopped(child.pid)) return;
    waking = true;
    setTimeout(() => {
      child.kill('SIGCONT');
      waking = false;
    }, stoppedMs);
  }, 200);
}

/** proc(5): `pid (name) state …`, T for stopped. */
function isStopped(pid: number | undefined): boolean {
  try {
    return / T /.test(readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\)/s, ''));
  } catch {
    return false;
  }
}

function start({ program, log, settings }: KeeperOptions): ChildProcess {
  const file = join(import.meta.dirname, `${program}.ts`);
  return spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', file, JSON.stringify(settings())],
    {
      stdio: ['ignore', log, log, 'ipc'],
      // Processes die by the dozen here: they share what they compile.
      env: { ...environmentWith({}), NODE_COMPILE_CACHE: join(tmpdir(), 'deckhand-chaos-cache') },
    },
  );
}
