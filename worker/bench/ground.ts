import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { query } from '#core/infra/postgres/query.ts';
import { startPostgres } from '#core/infra/postgres/server.ts';
import { ensureTemplate } from '#core/infra/postgres/template.ts';

/** What the journal is measured on: a Postgres of its own that flushes every commit, as one in production does. */
export interface Ground {
  /** A folder for the core. */
  home: string;
  plainUrl: string;
  /** The same server, with 2 ms more for every flush. */
  slowUrl: string;
}

export const slowerMs = 2;

/** Opens the ground in a new folder; gone when `owned` ends. */
export async function openGround(owned: AsyncDisposableStack): Promise<Ground> {
  const folder = await mkdtemp(join(tmpdir(), 'deckhand-bench-'));
  owned.defer(() => rm(folder, { recursive: true, force: true }));
  const server = await startPostgres(join(folder, 'postgres'));
  owned.defer(() => server.stop());
  // Also where this process is told to end: Postgres would go on without it.
  const onExit = () => {
    void server.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', onExit);
  owned.defer(() => void process.off('exit', onExit));
  const template = await ensureTemplate((database) => server.url(database));
  const create = (name: string) => `CREATE DATABASE ${name} TEMPLATE ${template}`;
  await query(server.url('postgres'), create('plain'), create('slow'));
  // Postgres sleeps this long (µs) in front of each flush, with the lock of the write-ahead log held: what a disk does
  // that is slower by as much. `commit_siblings` 0: also when nobody else commits. The floor shows that it holds: a
  // single writer cannot be faster than 1000 / slowerMs commits a second.
  await query(
    server.url('postgres'),
    `ALTER DATABASE slow SET commit_delay = ${slowerMs * 1000}`,
    'ALTER DATABASE slow SET commit_siblings = 0',
  );
  return { home: join(folder, 'home'), plainUrl: server.url('plain'), slowUrl: server.url('slow') };
}
