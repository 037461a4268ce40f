import { join } from 'node:path';
import type { Config } from '#core/config.ts';
import { DeckhandError } from '#core/errors.ts';
import { type Lock, takeLock } from '#core/machine/lock.ts';
import { checkPort, prepareHome } from './preflight.ts';

/** As long as an instance may take to stop, and a little more. */
const waitMs = 6_000;

/**
 * Takes the home folder for this process alone, after looking at what most often prevents a start.
 * @throws {DeckhandError} `home.in_use`, `home.unusable`, `disk.full`, `port.*`
 */
export async function takeHome(
  config: Pick<Config, 'home' | 'DECKHAND_HOST' | 'DECKHAND_PORT'>,
): Promise<Lock> {
  prepareHome(config.home);
  const lock = await takeLock(join(config.home, 'lock'), waitMs);
  if (!('release' in lock)) {
    throw new DeckhandError(
      'home.in_use',
      `Deckhand already runs on ${config.home} (process ${lock.pid}). Stop it with Ctrl-C or \`kill ${lock.pid}\`, or set DECKHAND_HOME and DECKHAND_PORT for a second one.`,
      { blame: 'asker' },
    );
  }
  try {
    await checkPort(config.DECKHAND_HOST, config.DECKHAND_PORT);
  } catch (error) {
    lock.release();
    throw error;
  }
  return lock;
}
