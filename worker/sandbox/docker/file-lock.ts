import { open, readFile, rm } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { DeckhandError } from '#core/errors.ts';

const POLL_MS = 250;

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

async function taken(path: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx');
    await file.writeFile(String(process.pid));
    await file.close();
    return false;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return true;
    throw error;
  }
}

/**
 * Does work that only one process of this machine should do at a time; a lock whose owner is dead is taken over.
 * @throws {DeckhandError} `lock.timeout` after `waitMs`
 */
export async function withFileLock<T>(path: string, waitMs: number, work: () => Promise<T>): Promise<T> {
  const until = Date.now() + waitMs;
  while (await taken(path)) {
    const owner = Number(await readFile(path, 'utf8').catch(() => ''));
    // Empty: its owner has made it and not yet written its number.
    if (owner > 0 && !lives(owner)) await rm(path, { force: true });
    else if (Date.now() > until) {
      throw new DeckhandError(
        'lock.timeout',
        `Process ${owner} has held ${path} for too long. End it and try again.`,
      );
    } else await setTimeout(POLL_MS);
  }
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}
