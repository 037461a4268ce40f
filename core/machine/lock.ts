import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { identityOf, isAlive, type ProcessIdentity } from '#core/machine/process-identity.ts';

/** A lock file held by a process; it falls with its process, so that a crash blocks nobody. */
export interface Lock extends Disposable {
  /** This process, as the lock names it. */
  holder: ProcessIdentity;
  release(): void;
}

/**
 * Takes the lock, waiting up to `waitMs` for its holder to go.
 * @returns the lock, or who holds it.
 */
export async function takeLock(file: string, waitMs: number): Promise<Lock | ProcessIdentity> {
  const until = Date.now() + waitMs;
  for (;;) {
    const self = { pid: process.pid, started: identityOf(process.pid)?.started ?? '' };
    const holder = tryLock(file, self);
    if (holder === null) return lockOn(file, self);
    if (Date.now() >= until) return holder;
    await sleep(50);
  }
}

/** Who holds the lock now, or null. */
export function holderOf(file: string): ProcessIdentity | null {
  const holder = read(file);
  return holder && isAlive(holder) ? holder : null;
}

function lockOn(file: string, self: ProcessIdentity): Lock {
  const release = (): void => {
    if (read(file)?.pid === process.pid) rmSync(file, { force: true });
  };
  return { holder: self, release, [Symbol.dispose]: release };
}

/** @returns null when the lock is ours, else its living holder. */
function tryLock(file: string, self: ProcessIdentity): ProcessIdentity | null {
  const mine = `${file}.${process.pid}`;
  writeFileSync(mine, JSON.stringify(self), { mode: 0o600 });
  try {
    for (;;) {
      // A link appears whole or not at all: nobody reads a half-written lock.
      if (link(mine, file)) return null;
      const holder = read(file);
      if (holder && isAlive(holder)) return holder;
      setAside(file, holder);
    }
  } finally {
    rmSync(mine, { force: true });
  }
}

/** Removes a dead holder's lock. Between our look and our move another may have taken it: then it is put back. */
function setAside(file: string, dead: ProcessIdentity | null): void {
  const aside = `${file}.stale.${process.pid}`;
  try {
    renameSync(file, aside);
  } catch {
    return; // Another was quicker.
  }
  const moved = read(aside);
  if (moved?.pid !== dead?.pid || moved?.started !== dead?.started) link(aside, file);
  rmSync(aside, { force: true });
}

function link(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function read(file: string): ProcessIdentity | null {
  try {
    const { pid, started } = JSON.parse(readFileSync(file, 'utf8')) as Partial<ProcessIdentity>;
    return typeof pid === 'number' && typeof started === 'string' ? { pid, started } : null;
  } catch {
    return null;
  }
}
