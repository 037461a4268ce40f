import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { readTestSettings } from '#core/config.ts';
import { type PostgresServer, startPostgres } from '#core/infra/postgres/server.ts';
import { holderOf, type Lock, takeLock } from '#core/machine/lock.ts';

/** Tests need no flushes: they survive `kill -9` of processes without, and power is not cut in a test. */
const flags = ['fsync=off', 'full_page_writes=off', 'max_connections=400'];

/** The server that single test files share when no `npm test` gave them one. */
export interface SharedServer {
  folder: string;
  /** Held while deciding to start or to stop it. */
  lock(): Promise<Lock>;
  /** Touched by each user. */
  usedFile: string;
  keeperLock: string;
  start(): Promise<PostgresServer>;
}

export function sharedServer(): SharedServer {
  const folder = join(tmpdir(), `deckhand-test-${userInfo().uid}`);
  mkdirSync(folder, { recursive: true });
  return {
    folder,
    lock: async () => {
      const lock = await takeLock(join(folder, 'lock'), 60_000);
      if ('release' in lock) return lock;
      throw new Error(`process ${lock.pid} holds ${folder}/lock`);
    },
    usedFile: join(folder, 'used'),
    keeperLock: join(folder, 'keeper'),
    start: () => startTestServer(join(folder, 'postgres')),
  };
}

export function startTestServer(folder: string): Promise<PostgresServer> {
  return startPostgres(folder, flags);
}

/**
 * The address of the tests' Postgres (its database `postgres`): the one `npm test` started, else one shared by all test
 * files of this user that is started on demand and stopped by a keeper when nobody used it for a minute.
 */
export async function testServer(): Promise<string> {
  const given = readTestSettings().DECKHAND_TEST_SERVER;
  if (given) return given;
  const shared = sharedServer();
  using _lock = await shared.lock();
  writeFileSync(shared.usedFile, '');
  const server = await shared.start();
  if (!holderOf(shared.keeperLock)) {
    spawn(process.execPath, [join(import.meta.dirname, 'keeper.ts')], {
      detached: true,
      stdio: 'ignore',
    }).unref();
  }
  return server.url('postgres');
}

/** The address of another database on the same server. */
export function onServer(server: string, database: string): string {
  const url = new URL(server);
  url.pathname = `/${database}`;
  return url.href;
}
