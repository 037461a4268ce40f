import { join } from 'node:path';
import type { Config } from '#core/config.ts';
import { DeckhandError } from '#core/errors.ts';
import { answers } from './docker-client.ts';
import { ownEngine } from './dockerd.ts';
import { bringPrograms } from './programs.ts';
import type { Say } from './steps.ts';

/** Lets go of the engine; stops it when it is ours and nobody else uses it. At most 4 s. */
export type LetGo = () => Promise<void>;

/**
 * Makes sure that a Docker engine answers at DOCKER_HOST: the one that runs, else Debian's, installed and started here.
 * @throws {DeckhandError} `docker.*`, `programs.*`, saying exactly what to do.
 */
export async function bringDockerEngine(
  config: Pick<Config, 'DOCKER_HOST' | 'DECKHAND_DOCKER_INSTALL' | 'home'>,
  say: Say,
  signal: AbortSignal,
): Promise<LetGo> {
  const host = config.DOCKER_HOST;
  const own = ownEngine(join(config.home, 'docker'), host);
  if (await answers(host)) return own.use();

  const mine = host.startsWith('unix://') && process.platform === 'linux' && process.getuid?.() === 0;
  if (!mine || !config.DECKHAND_DOCKER_INSTALL) {
    throw new DeckhandError(
      'docker.unreachable',
      `No Docker engine answers at ${host}. Start one (\`systemctl start docker\`), or set DOCKER_HOST to where one runs${
        mine ? ', or DECKHAND_DOCKER_INSTALL=true to let me bring one' : ''
      }. On Debian: apt-get install -y --no-install-recommends docker.io`,
      { blame: 'machine' },
    );
  }
  await bringPrograms({
    packages: { dockerd: 'docker.io' },
    purpose: 'sandboxes are Docker containers',
    allowed: true,
    say,
    signal,
  });
  say('starting');
  await own.start(signal);
  return own.use();
}
