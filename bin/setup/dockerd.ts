import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DeckhandError } from '#core/errors.ts';
import { commandOf, identityOf, isAlive, type ProcessIdentity } from '#core/machine/process-identity.ts';
import { answers } from './docker-client.ts';
import { systemPath } from './programs.ts';

/** The dockerd that we may have started: all it keeps lies in `folder`, so that it disturbs no other engine. */
export interface OwnEngine {
  start(signal: AbortSignal): Promise<void>;
  /** Counts this process among the users; the result lets go, and the last one to let go stops an engine of ours. */
  use(): () => Promise<void>;
}

const startWithinMs = 30_000;

export function ownEngine(folder: string, host: string): OwnEngine {
  const pidFile = join(folder, 'dockerd.pid');
  // Unix sockets lie in it: their paths must be short.
  const execRoot = `/run/deckhand-${createHash('sha256').update(folder).digest('hex').slice(0, 8)}`;
  const users = join(folder, 'users');

  const running = (): number | null => {
    if (!existsSync(pidFile)) return null;
    const pid = Number(readFileSync(pidFile, 'utf8'));
    return commandOf(pid)?.includes(pidFile) ? pid : null;
  };

  const stop = async (): Promise<void> => {
    const pid = running();
    if (pid === null) return;
    for (const [signal, waitMs] of [
      ['SIGTERM', 3_500],
      ['SIGKILL', 500],
    ] as const) {
      process.kill(pid, signal);
      for (const until = Date.now() + waitMs; identityOf(pid) && Date.now() < until; ) await sleep(20);
      if (!identityOf(pid)) break;
    }
    rmSync(pidFile, { force: true });
    // A container on the host's own network leaves its namespace mounted there.
    for (const place of mountedIn(execRoot)) spawnSync('umount', ['--lazy', place]);
    rmSync(execRoot, { recursive: true, force: true });
  };

  return {
    async start(signal) {
      for (const file of [pidFile, join(execRoot, 'containerd/containerd.pid')]) forgetDead(file);
      mkdirSync(folder, { recursive: true, mode: 0o711 });
      mkdirSync(dirname(new URL(host).pathname), { recursive: true });
      const logFile = join(folder, 'log');
      const log = openSync(logFile, 'w', 0o600);
      const args = [`--host=${host}`, `--pidfile=${pidFile}`, `--data-root=${join(folder, 'data')}`];
      // Sandboxes have no network: the engine needs no bridge and leaves the machine's firewall alone.
      const child = spawn(
        'dockerd',
        [...args, `--exec-root=${execRoot}`, '--bridge=none', '--iptables=false'],
        {
          cwd: '/',
          env: { PATH: systemPath },
          stdio: ['ignore', log, log],
          detached: true,
        },
      );
      closeSync(log);
      let ended = false;
      child.on('error', () => (ended = true)).on('exit', () => (ended = true));
      child.unref();
      for (const until = Date.now() + startWithinMs; !ended && Date.now() < until; await sleep(50)) {
        if (await answers(host)) return;
        if (!signal.aborted) continue;
        child.kill('SIGTERM');
        signal.throwIfAborted();
      }
      child.kill('SIGKILL');
      const tail = readFileSync(logFile, 'utf8').trim().split('\n').slice(-6).join('\n');
      throw new DeckhandError(
        'docker.not_started',
        `dockerd did not start. The end of ${logFile}:\n${tail}`,
        {
          blame: 'machine',
        },
      );
    },

    use() {
      if (running() === null) return async () => {};
      mkdirSync(users, { recursive: true });
      const mine = join(users, String(process.pid));
      writeFileSync(mine, JSON.stringify(identityOf(process.pid)));
      return async () => {
        rmSync(mine, { force: true });
        if (livingUsers(users) === 0) await stop();
      };
    },
  };
}

/** dockerd takes a zombie, or a stranger with the same number, for its own process and waits for it. */
function forgetDead(file: string): void {
  if (!existsSync(file)) return;
  const pid = Number(readFileSync(file, 'utf8'));
  if (!identityOf(pid) || !/dockerd|containerd/.test(commandOf(pid) ?? '')) rmSync(file, { force: true });
}

/** Field 5 of proc_pid_mountinfo(5): where each mount below the folder stands, the innermost first. */
function mountedIn(folder: string): string[] {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .filter((place) => place.startsWith(`${folder}/`))
    .reverse();
}

/** Users that were killed could not let go: they do not count. */
function livingUsers(folder: string): number {
  return readdirSync(folder).filter((name) => {
    const file = join(folder, name);
    const alive = isAlive(JSON.parse(readFileSync(file, 'utf8')) as ProcessIdentity);
    if (!alive) rmSync(file, { force: true });
    return alive;
  }).length;
}
