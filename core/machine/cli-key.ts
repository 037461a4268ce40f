import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DeckhandError } from '#core/errors.ts';

const name = 'cli.key';

/** The command line's API key, written at the start of the instance for its owner alone; null when none is readable. */
export function readCliKey(home: string): string | null {
  try {
    return readFileSync(join(home, name), 'utf8').trim() || null;
  } catch {
    return null;
  }
}

/** Written aside and renamed; mode 0600 from its first byte. */
export function writeCliKey(home: string, key: string): void {
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const draft = join(home, `${name}.${process.pid}`);
  writeFileSync(draft, `${key}\n`, { mode: 0o600 });
  renameSync(draft, join(home, name));
}

/** The instance of this folder does not answer, or there is none. */
export function notRunning(home: string): DeckhandError {
  return new DeckhandError(
    'instance.not_running',
    `No Deckhand runs with the folder ${home}. Start it with \`npm start\`, or set DECKHAND_HOME to the folder of one that runs.`,
    { blame: 'machine' },
  );
}
