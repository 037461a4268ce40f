import { Redis } from 'ioredis';
import { DeckhandError, messageOf } from '#core/errors.ts';

/** Asks Redis whether it is there. @throws {DeckhandError} `redis.unreachable` after at most 5 s */
export async function checkRedis(url: string): Promise<void> {
  const redis = new Redis(url, { lazyConnect: true, connectTimeout: 5_000, retryStrategy: () => null });
  let why: unknown;
  redis.on('error', (error) => {
    why = error;
  });
  try {
    await redis.connect();
    await redis.ping();
  } catch (error) {
    throw new DeckhandError(
      'redis.unreachable',
      `Redis does not answer as it should (${messageOf(why ?? error)}). Is REDIS_URL right, and the server running? Leave REDIS_URL empty to do without it.`,
      { blame: 'machine', retryable: true, cause: error },
    );
  } finally {
    redis.disconnect();
  }
}
