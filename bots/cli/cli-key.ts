import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DeckhandError } from '#core/errors.ts';

/** The command line's API key, written at the start of the instance for its owner alone; null when none is readable. */
export async function readCliKey(home: string): Promise<string | null> {
  const text = await readFile(join(home, 'cli.key'), 'utf8').catch(() => null);
  return text?.trim() || null;
}

/** The instance of this folder does not answer, or there is none. */
export function notRunning(home: string): DeckhandError {
  return new DeckhandError(
    'instance.not_running',
    `No Deckhand runs with the folder ${home}. Start it with \`npm start\`, or set DECKHAND_HOME to the folder of one that runs.`,
    { blame: 'machine' },
  );
}
