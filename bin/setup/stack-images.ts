import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Config } from '#core/config.ts';
import { buildDebianImage } from '#worker/sandbox/docker/debian-image.ts';
import { withNode } from '#worker/sandbox/docker/node-programs.ts';
import { dockerAt } from './docker-client.ts';
import { bringPrograms } from './programs.ts';
import type { Say } from './steps.ts';

/** What docker-compose.yml builds on. */
export const stackBases = { DEBIAN_IMAGE: 'deckhand/debian:12', NODE_IMAGE: 'deckhand/node:24' };

const folder = join(import.meta.dirname, '../../deploy');
const trusted = 'etc/ssl/certs/ca-certificates.crt';

/**
 * Makes the images that the stack is built on: of a registry's Debian where one can be reached, else of Debian's
 * packages; Node comes from npm. They trust the certificates that this machine trusts, which in closed networks are more.
 * @throws {DeckhandError} `image.*`, `programs.*`
 */
export async function bringStackBases(
  config: Pick<Config, 'DOCKER_HOST' | 'DECKHAND_DOCKER_INSTALL' | 'home'>,
  say: Say,
  signal: AbortSignal,
): Promise<void> {
  const engine = dockerAt(config.DOCKER_HOST);
  const isThere = (tag: string) =>
    engine
      .getImage(tag)
      .inspect()
      .then(
        () => true,
        () => false,
      );
  const { DEBIAN_IMAGE, NODE_IMAGE } = stackBases;
  if (!(await isThere(DEBIAN_IMAGE))) {
    await bringPrograms({
      packages: { mmdebstrap: 'mmdebstrap' },
      purpose: 'it makes a base image of Debian packages',
      allowed: config.DECKHAND_DOCKER_INSTALL,
      say,
      signal,
    });
    await using recipe = await copyOf('debian', config.home);
    await promisify(execFile)('tar', ['-chf', join(recipe.folder, 'programs.tar'), '-C', '/', trusted]);
    await buildDebianImage(engine, { folder: recipe.folder, tag: DEBIAN_IMAGE, variant: 'minbase' }, say);
  }
  signal.throwIfAborted();
  if (await isThere(NODE_IMAGE)) return;
  say('Node');
  const recipe = await withNode(join(folder, 'node'), config.home);
  try {
    const order = { folder: recipe, tag: NODE_IMAGE, variant: 'minbase', from: DEBIAN_IMAGE } as const;
    await buildDebianImage(engine, order, say);
  } finally {
    await rm(recipe, { recursive: true, force: true });
  }
}

async function copyOf(name: string, home: string): Promise<{ folder: string } & AsyncDisposable> {
  const copy = await mkdtemp(join(home, 'image-'));
  await cp(join(folder, name), copy, { recursive: true });
  return {
    folder: copy,
    [Symbol.asyncDispose]: () => rm(copy, { recursive: true, force: true }),
  };
}
