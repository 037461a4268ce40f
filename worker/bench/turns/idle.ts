import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Place } from './place.ts';

/** Long enough for every sweep of both roles to have gone over the sessions. */
const settledMs = 6_000;

/** What sessions without work add to a process that runs both roles, in bytes. */
export async function measureIdleSessions(place: Place, sessions: number): Promise<number> {
  const worker = await place.startWorker(8);
  const outbound = await place.startOutbound();
  await sleep(settledMs);
  const before = memory();
  await place.core.database.pool.query(
    `INSERT INTO session (id, workspace_id, platform, thread_ref, owner_id, head_hash)
     SELECT 'ses_idle' || n, w.id, 'console', 'console:idle:' || n, u.id, '' FROM generate_series(1, $1) AS n,
       (SELECT id FROM workspace LIMIT 1) AS w, (SELECT id FROM "user" LIMIT 1) AS u`,
    [sessions],
  );
  await sleep(settledMs);
  const added = memory() - before;
  await outbound.stop();
  await worker.stop();
  return Math.max(0, added);
}

/** Of what is still in use. */
function memory(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
