import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** In the home of a run: a line for each command that began to run, written before anything of it is done. */
export const countedFile = 'commands.log';

/**
 * What takes the key of a command that left no trace, so that nobody begins it any more (worker/agent/tools/exec-command.ts).
 * It does nothing, and is done again where its worker dies as well: it stands for a command that did not run.
 */
const takesKey = /^echo 'key taken: [\w.-]+'$/;

/** Commands that ran more than once, by a count outside of the database. Each command's words are its own. */
export function countRepeats(home: string): { ran: number; repeated: string[] } {
  const all = readFileSync(join(home, countedFile), 'utf8').split('\n').filter(Boolean);
  const lines = all.filter((line) => !takesKey.test(line));
  const seen = new Set<string>();
  const repeated = lines.filter((line) => seen.has(line) || !seen.add(line));
  return { ran: lines.length, repeated };
}
