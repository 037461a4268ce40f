import { existsSync, lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inProduction } from './environment.js';
import { npm } from './npm.js';
import { project } from './paths.js';

/** Installs the packages of the lock file when `node_modules` holds anything else. */
export function bringPackages(report) {
  if (packagesMatch()) return;
  if (lstatSync(join(project, 'node_modules'), { throwIfNoEntry: false })?.isSymbolicLink()) {
    // npm empties what the link points to, and puts a folder of its own in the link's place.
    throw new Error(
      'node_modules is a link, and what it points to does not match the lock file. Run `npm ci --ignore-scripts` where it points to, or remove the link',
    );
  }
  const done = report('Packages', 'installing from the lock file, about a minute');
  npm(['ci', '--ignore-scripts'], { cwd: project, failure: 'The packages could not be installed' });
  done();
}

/** npm writes `node_modules/.package-lock.json` last, so that a match also means that the install was finished. */
function packagesMatch() {
  const record = join(project, 'node_modules', '.package-lock.json');
  if (!existsSync(record)) return false;
  const wanted = JSON.parse(readFileSync(join(project, 'package-lock.json'), 'utf8')).packages;
  const present = JSON.parse(readFileSync(record, 'utf8')).packages;
  const production = inProduction();
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '' || entry.link) return true;
    if (present[path]) return present[path].version === entry.version;
    return Boolean(entry.optional) || (production && Boolean(entry.dev || entry.devOptional));
  });
}
