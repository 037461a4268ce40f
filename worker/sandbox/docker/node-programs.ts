import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DeckhandError, messageOf } from '#core/errors.ts';

const run = promisify(execFile);

/** Debian's Node is years older, and its fetch knows no proxy. The same Node as runs Deckhand itself. */
const NODE = `node-linux-${process.arch === 'arm64' ? 'arm64' : 'x64'}@24.21.0`;
const NPM = 'npm@11.21.2';
const DOWNLOAD_MS = 120_000;

/** What the base image takes from npm, as one tar of the files to add at the root. */
export const PROGRAMS = 'programs.tar';

/**
 * A copy of the recipe's folder with Node and npm beside it, from npm's registry, which every Deckhand has by now. It lies
 * under `home` (350 MB for a while): the `/tmp` of a container may be smaller.
 * @returns the folder, to be deleted by who asked. @throws {DeckhandError} `image.no_node`
 */
export async function withNode(recipe: string, home: string): Promise<string> {
  const folder = await mkdtemp(join(home, 'image-'));
  try {
    await cp(recipe, folder, { recursive: true });
    await pack(folder);
    return folder;
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw new DeckhandError(
      'image.no_node',
      `The sandbox image needs Node from npm (${NODE}, ${NPM}), which could not be had. See that \`npm view npm version\` works and start again.\n${messageOf(error)}`,
      { blame: 'machine', retryable: true, cause: error },
    );
  }
}

async function pack(folder: string): Promise<void> {
  const [downloads, root] = [join(folder, 'downloads'), join(folder, 'root')];
  const modules = join(root, 'usr/local/lib/node_modules');
  const bin = join(root, 'usr/local/bin');
  await Promise.all([downloads, join(modules, 'npm'), bin].map((path) => mkdir(path, { recursive: true })));
  await run('npm', ['pack', '--silent', '--pack-destination', downloads, NODE, NPM], {
    timeout: DOWNLOAD_MS,
  });
  for (const name of await readdir(downloads)) {
    const from = join(downloads, name);
    if (name.startsWith('npm-')) await run('tar', ['-xzf', from, '-C', join(modules, 'npm'), '--strip=1']);
    else await run('tar', ['-xzf', from, '-C', bin, '--strip=2', 'package/bin/node']);
  }
  for (const [name, cli] of Object.entries({ npm: 'npm-cli.js', npx: 'npx-cli.js' }))
    await symlink(`../lib/node_modules/npm/bin/${cli}`, join(bin, name));
  // The stated modes and owners, whoever packed it under whatever umask.
  const plain = ['--owner=0', '--group=0', '--numeric-owner', '--mode=u=rwX,go=rX'];
  await run('tar', [...plain, '-cf', join(folder, PROGRAMS), '-C', root, 'usr']);
  await Promise.all([downloads, root].map((path) => rm(path, { recursive: true })));
}
