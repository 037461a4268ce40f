import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

/** The project's folder. */
export const project = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/**
 * Takes `.env` into the environment (values already there win) and makes DECKHAND_HOME absolute, so that every process
 * started from here means the same folder wherever it stands. Node 18 cannot read `.env`: there only the runtime's
 * folder is affected, Node 24 reads the rest.
 */
export function settleEnvironment() {
  const file = join(project, '.env');
  if (process.loadEnvFile && existsSync(file)) process.loadEnvFile(file);
  const home = (process.env.DECKHAND_HOME || '.deckhand').replace(/^~(?=\/|$)/, homedir());
  process.env.DECKHAND_HOME = resolve(project, home);
  return process.env.DECKHAND_HOME;
}
