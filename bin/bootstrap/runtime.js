import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { npm } from './npm.js';

const version = '24.21.0';
const neededBytes = 1_000_000_000;

/**
 * A Node that runs this project: the one running now when it is new enough, else one from npm kept under
 * DECKHAND_HOME/runtime (npm carries the binary as a plain package: no other download, no install script).
 * @throws {Error} in words for people when npm has no such package for this machine or cannot be reached.
 */
export function findNode(home, report) {
  if (Number(process.versions.node.split('.')[0]) >= 24) return process.execPath;
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  const folder = join(home, 'runtime', `node-${version}`);
  const node = join(folder, 'node_modules', name, 'bin', 'node');
  if (existsSync(node)) return node;

  const done = report(`Node ${version}`, 'a first start fetches it');
  prepareHome(home);
  // Installed aside and moved: an interrupted download must not look like a finished one.
  const aside = mkdtempSync(join(home, 'runtime', 'incoming-'));
  try {
    npm(['install', '--prefix', aside, '--no-save', '--ignore-scripts', '--omit=dev', `${name}@${version}`], {
      cwd: aside,
      failure: `Node ${version} could not be fetched from npm. Install Node 24 or newer yourself, or let this machine reach the npm registry`,
    });
    execFileSync(join(aside, 'node_modules', name, 'bin', 'node'), ['--version']);
    if (!existsSync(node)) {
      rmSync(folder, { recursive: true, force: true });
      renameSync(aside, folder);
    }
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
  done();
  return node;
}

/** What `bin/setup/preflight.ts` looks at, before the runtime that could run it is there. */
function prepareHome(home) {
  const advice = 'Set DECKHAND_HOME to a folder that can be written to, on a disk with 1 GB of free space.';
  let free;
  try {
    mkdirSync(join(home, 'runtime'), { recursive: true });
    const { bavail, bsize } = statfsSync(home);
    free = bavail * bsize;
  } catch (error) {
    throw new Error(`${home} cannot be used (${error.message}). ${advice}`);
  }
  if (free < neededBytes) {
    throw new Error(`Only ${Math.floor(free / 1e6)} MB are free where ${home} lies. ${advice}`);
  }
}
