import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import process from 'node:process';
import { project } from './paths.js';

/**
 * All that the bootstrap knows of the environment. `core/config.ts` reads everything else; it needs the runtime and the
 * packages which the bootstrap brings.
 */

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

/** Programs are looked for in this folder first, by this process and those it starts. */
export function lookFirstIn(folder) {
  process.env.PATH = `${folder}${delimiter}${process.env.PATH}`;
}

/** Are we in an image, which leaves out what only tests and tools need? */
export function inProduction() {
  return process.env.NODE_ENV === 'production';
}

/** Did npm start us? */
export function runByNpm() {
  return Boolean(process.env.npm_lifecycle_event);
}
