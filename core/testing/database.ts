import { randomBytes } from 'node:crypto';
import { query, quoted } from '#core/infra/postgres/query.ts';
import { ensureTemplate } from '#core/infra/postgres/template.ts';
import { onServer, testServer } from '#core/testing/server.ts';
import type { Releases } from './last-first.ts';

/**
 * A fresh, migrated database of a real Postgres, dropped at the test's end with whoever is still connected; of a whole file,
 * with `openTestDatabase({ after })` of `node:test`.
 */
export async function openTestDatabase(t: Releases): Promise<{ url: string }> {
  const server = await testServer();
  const template = await ensureTemplate((database) => onServer(server, database));
  const name = `test_${randomBytes(8).toString('hex')}`;
  await query(server, `CREATE DATABASE ${quoted(name)} TEMPLATE ${quoted(template)}`);
  t.after(async () => {
    await query(server, `DROP DATABASE IF EXISTS ${quoted(name)} WITH (FORCE)`);
  });
  return { url: onServer(server, name) };
}
