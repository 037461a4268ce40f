import type { Config } from '#core/config.ts';
import { checkRedis } from '#core/infra/queue/check-redis.ts';
import { bringBaseImage } from './base-image.ts';
import { bringDatabase } from './database.ts';
import { bringDockerEngine } from './docker-engine.ts';
import { generatePrismaClient } from './prisma-client.ts';
import { bringPrograms } from './programs.ts';
import type { Steps } from './steps.ts';

/** Where a step leaves what has to be put down at the end. */
export type Owned = AsyncDisposableStack;

export interface SetUp {
  config: Config;
  steps: Steps;
  owned: Owned;
  signal: AbortSignal;
}

/**
 * Brings what the roles need, side by side where it is independent. When one part fails the others are still waited
 * for, so that all that was started is known and put down.
 * @returns the database's address.
 */
export async function setUp(
  { config, steps, owned, signal }: SetUp,
  needs: { engine: boolean },
): Promise<string> {
  const database = bringDatabase(config.DATABASE_URL, config.home, steps).then((one) => {
    owned.defer(() => one.stop());
    return one.url;
  });
  const engine = needs.engine ? bringSandboxes({ config, steps, owned, signal }) : undefined;
  const { REDIS_URL } = config;
  const redis = REDIS_URL ? steps.run('Redis', () => checkRedis(REDIS_URL)) : undefined;
  const client = steps.run('Prisma client', () => generatePrismaClient());
  await Promise.allSettled([database, engine, redis, client]);
  await Promise.all([engine, redis, client]);
  signal.throwIfAborted();
  return database;
}

/** The engine, and the image that sandboxes start from. */
export async function bringSandboxes({ config, steps, owned, signal }: SetUp): Promise<void> {
  const letGo = await steps.run('Docker engine', (say) => bringDockerEngine(config, say, signal));
  owned.defer(letGo);
  signal.throwIfAborted();
  await steps.run('Sandbox image', (say) => bringBaseImage(config, say, signal));
}

/** A browser, for what people see of the page. */
export async function bringBrowser({ config, steps, signal }: SetUp): Promise<void> {
  await steps.run('Chromium', (say) =>
    bringPrograms({
      packages: { chromium: 'chromium' },
      purpose: 'the page is tested in a real browser',
      allowed: config.DECKHAND_DOCKER_INSTALL,
      say,
      signal,
    }),
  );
}
