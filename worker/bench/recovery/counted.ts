import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** In the home of a run: a line for each command that began to run, written before anything of it is done. */
export const countedFile = 'commands.log';

/** Commands that ran more than once, by a count outside of the database. Each command's words are its own. */
export function countRepeats(home: string): { ran: number; repeated: number } {
  const lines = readFileSync(join(home, countedFile), 'utf8').split('\n').filter(Boolean);
  return { ran: lines.length, repeated: lines.length - new Set(lines).size };
}
