import { statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { query } from '#core/infra/postgres/query.ts';
import { takeLock } from '#core/machine/lock.ts';
import { sharedServer } from '#core/testing/server.ts';

/** Stops the shared test server when nobody has used it for this long. A program of its own: it outlives the tests. */
const idleMs = 60_000;

const shared = sharedServer();
const keeper = await takeLock(shared.keeperLock, 0);
if ('release' in keeper) {
  while (!(await stopIfIdle())) await sleep(5_000);
  keeper.release();
}

async function stopIfIdle(): Promise<boolean> {
  using _lock = await shared.lock();
  if (Date.now() - statSync(shared.usedFile).mtimeMs < idleMs) return false;
  const server = await shared.start();
  const [others] = await query(
    server.url('postgres'),
    `SELECT 1 FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() LIMIT 1`,
  );
  if (others) return false;
  await server.stop();
  return true;
}
