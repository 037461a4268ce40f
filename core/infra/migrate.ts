import { createHash, randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { DeckhandError, messageOf } from '#core/errors.ts';

export interface Migration {
  name: string;
  sql: string;
}

/**
 * Brings a database up to this version and keeps Prisma's own record (`_prisma_migrations`), so that its tools agree.
 * Not done by Prisma itself: its engine is a download, and its WASM engine cuts scripts at every semicolon and, killed
 * between script and record, refuses to go on for ever. Here a migration and its record are one transaction.
 * Several processes may do it at once: one migrates, the others wait and find it done.
 * @returns the names of the migrations applied.
 * @throws {DeckhandError} `database.unreachable`, `database.newer`, `database.migration_failed`
 */
export async function migrate(url: string, migrations: Migration[] = ownMigrations()): Promise<string[]> {
  const client = await connect(url);
  try {
    // Prisma's key for the same purpose: its tools and we keep out of each other's way.
    await client.query('SELECT pg_advisory_lock(72707369)');
    await client.query(recordTable);
    const known = await client.query<{ migration_name: string }>(
      'SELECT migration_name FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL',
    );
    const applied = new Set(known.rows.map((row) => row.migration_name));
    refuseNewer(applied, migrations);
    const missing = migrations.filter(({ name }) => !applied.has(name));
    for (const migration of missing) await apply(client, migration);
    return missing.map(({ name }) => name);
  } finally {
    await client.end();
  }
}

/** The migrations of this version, in order. */
export function ownMigrations(): Migration[] {
  const folder = join(import.meta.dirname, '../../prisma/migrations');
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
    .map((name) => ({ name, sql: readFileSync(join(folder, name, 'migration.sql'), 'utf8') }));
}

/** As Prisma makes it. */
const recordTable = `
  CREATE TABLE IF NOT EXISTS _prisma_migrations (
    id VARCHAR(36) PRIMARY KEY NOT NULL,
    checksum VARCHAR(64) NOT NULL,
    finished_at TIMESTAMPTZ,
    migration_name VARCHAR(255) NOT NULL,
    logs TEXT,
    rolled_back_at TIMESTAMPTZ,
    started_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    applied_steps_count INTEGER NOT NULL DEFAULT 0
  )`;

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  client.on('error', () => {}); // The query in hand reports it.
  try {
    await client.connect();
  } catch (cause) {
    throw new DeckhandError(
      'database.unreachable',
      `The database cannot be reached: ${messageOf(cause)}. Is DATABASE_URL right, and the server running?`,
      { cause, blame: 'machine', retryable: true },
    );
  }
  return client;
}

/** A migration that we do not know was made by a later version: writing with our idea of the tables could destroy data. */
function refuseNewer(applied: Set<string>, migrations: Migration[]): void {
  const own = new Set(migrations.map(({ name }) => name));
  const unknown = [...applied].filter((name) => !own.has(name));
  if (unknown.length === 0) return;
  throw new DeckhandError(
    'database.newer',
    `This database is of a newer version of Deckhand (it knows ${unknown.join(', ')}). Start that version, or restore a backup made before the upgrade.`,
    { blame: 'asker' },
  );
}

async function apply(client: pg.Client, { name, sql }: Migration): Promise<void> {
  const checksum = createHash('sha256').update(sql).digest('hex');
  try {
    await client.query('BEGIN');
    await client.query(sql);
    await client.query(
      `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count)
       VALUES ($1, $2, $3, clock_timestamp(), 1)`,
      [randomUUID(), checksum, name],
    );
    await client.query('COMMIT');
  } catch (cause) {
    throw new DeckhandError(
      'database.migration_failed',
      `The database could not be brought to this version: migration ${name} failed (${messageOf(cause)}). Nothing of it was kept.`,
      { cause },
    );
  }
}
