import type { Config } from '#core/config.ts';
import { DeckhandError } from '#core/errors.ts';
import { settings } from '#core/settings.ts';
import { buildBaseImage } from '#worker/sandbox/docker/base-image.ts';
import { dockerAt } from './docker-client.ts';
import { bringPrograms } from './programs.ts';
import type { Say } from './steps.ts';

/**
 * Makes sure that the image of sandboxes is there. Only the default one is ours to build.
 * @throws {DeckhandError} `image.missing`, `programs.*`, or what the build says.
 */
export async function bringBaseImage(
  config: Pick<
    Config,
    'DOCKER_HOST' | 'DECKHAND_SANDBOX_IMAGE' | 'DECKHAND_DEBIAN_IMAGE' | 'DECKHAND_DOCKER_INSTALL' | 'home'
  >,
  say: Say,
  signal: AbortSignal,
): Promise<void> {
  const tag = config.DECKHAND_SANDBOX_IMAGE;
  const ours = tag === settings.shape.DECKHAND_SANDBOX_IMAGE.parse(undefined);
  const present = await dockerAt(config.DOCKER_HOST)
    .getImage(tag)
    .inspect()
    .then(
      () => true,
      () => false,
    );
  if (!present && !ours) {
    throw new DeckhandError(
      'image.missing',
      `The engine has no image ${tag}. Run \`docker pull ${tag}\`, or leave DECKHAND_SANDBOX_IMAGE empty to have one built.`,
      { blame: 'machine' },
    );
  }
  // Who may not install it needs it only where no Debian image can be had: then the build says so.
  if (!present && config.DECKHAND_DOCKER_INSTALL && process.getuid?.() === 0) {
    await bringPrograms({
      packages: { mmdebstrap: 'mmdebstrap' },
      purpose: 'it makes the image of sandboxes from Debian packages',
      allowed: true,
      say,
      signal,
    });
  }
  // Also when it is present: the helper beside it may be of another version.
  const { DOCKER_HOST: docker, DECKHAND_DEBIAN_IMAGE: from, home } = config;
  if (ours) await buildBaseImage({ docker, tag, from, home, onProgress: say });
}
