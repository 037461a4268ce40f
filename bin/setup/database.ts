import { join } from 'node:path';
import { migrate } from '#core/infra/migrate.ts';
import { ensureDatabase } from '#core/infra/postgres/query.ts';
import { startPostgres } from '#core/infra/postgres/server.ts';
import type { Steps } from './steps.ts';

export interface Database {
  url: string;
  stop(): Promise<void>;
}

/** The database at `given`, or an embedded one under `home`; migrated. */
export async function bringDatabase(
  given: string | undefined,
  home: string,
  steps: Steps,
): Promise<Database> {
  const database = given
    ? { url: given, stop: async () => {} }
    : await steps.run('Postgres', () => embedded(home));
  try {
    await steps.run('Migrations', () => migrate(database.url));
  } catch (error) {
    await database.stop();
    throw error;
  }
  return database;
}

async function embedded(home: string): Promise<Database> {
  const server = await startPostgres(join(home, 'postgres'));
  await ensureDatabase(server.url('postgres'), 'deckhand');
  return { url: server.url('deckhand'), stop: () => server.stop() };
}
