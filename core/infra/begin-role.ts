import { type Config, readConfig } from '#core/config.ts';
import { type Log, openLog } from '#core/log.ts';
import { endOnCrash, stopSignal } from '#core/machine/role.ts';
import { type Core, openCore } from './open-core.ts';

export interface Begun {
  /** Aborts when this process is to stop. */
  stop: AbortSignal;
  config: Config;
  log: Log;
  core: Core;
}

/** How the process of a role begins. @throws {Error} when nobody named a database, as `npm start` does */
export async function beginRole(role: 'bots' | 'worker' | 'egress'): Promise<Begun> {
  const stop = stopSignal();
  const config = readConfig();
  const log = openLog(role, config.DECKHAND_LOG);
  endOnCrash(log);
  const { DATABASE_URL: databaseUrl, REDIS_URL: redisUrl, home } = config;
  if (!databaseUrl) throw new Error('a role needs DATABASE_URL; `npm start` sets it');
  return {
    stop,
    config,
    log,
    core: await openCore({ databaseUrl, redisUrl, home, name: `deckhand ${role}` }),
  };
}
