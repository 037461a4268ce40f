import { randomBytes } from 'node:crypto';
import type { TestContext } from 'node:test';
import { query, quoted } from '#core/infra/postgres/query.ts';
import { ensureTemplate } from '#core/infra/postgres/template.ts';
import { onServer, testServer } from '#core/testing/server.ts';

/** Anything with an end: a test's context, or the `node:test` module for a whole file (`openTestDatabase({ after })`). */
export type HasEnd = Pick<TestContext, 'after'>;

/** A fresh, migrated database of a real Postgres, dropped at the test's end with whoever is still connected. */
export async function openTestDatabase(t: HasEnd): Promise<{ url: string }> {
  const server = await testServer();
  const template = await ensureTemplate((database) => onServer(server, database));
  const name = `test_${randomBytes(8).toString('hex')}`;
  await query(server, `CREATE DATABASE ${quoted(name)} TEMPLATE ${quoted(template)}`);
  t.after(() => query(server, `DROP DATABASE IF EXISTS ${quoted(name)} WITH (FORCE)`));
  return { url: onServer(server, name) };
}
