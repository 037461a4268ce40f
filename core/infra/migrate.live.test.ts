import assert from 'node:assert/strict';
import { test } from 'node:test';
import { migrate, ownMigrations } from '#core/infra/migrate.ts';
import { query } from '#core/infra/postgres/query.ts';
import { openTestDatabase } from '#core/testing/database.ts';

const addNotes = { name: '29990101000000_notes', sql: 'CREATE TABLE note (id int)' };

test('a database that is up to date is left alone', async (t) => {
  const { url } = await openTestDatabase(t);
  assert.deepEqual(await migrate(url), []);
});

test('processes that migrate at once apply each migration once', async (t) => {
  const { url } = await openTestDatabase(t);
  const later = [...ownMigrations(), addNotes];
  const applied = await Promise.all([migrate(url, later), migrate(url, later), migrate(url, later)]);
  assert.deepEqual(applied.flat(), [addNotes.name]);
});

test('a database of a newer version is refused, by name', async (t) => {
  const { url } = await openTestDatabase(t);
  await migrate(url, [...ownMigrations(), addNotes]);
  await assert.rejects(migrate(url), { code: 'database.newer', message: /29990101000000_notes/ });
});

test('a migration that fails leaves nothing behind, and the next start can try again', async (t) => {
  const { url } = await openTestDatabase(t);
  const broken = { name: addNotes.name, sql: 'CREATE TABLE note (id int); SELECT 1 / 0' };
  await assert.rejects(migrate(url, [...ownMigrations(), broken]), { code: 'database.migration_failed' });
  assert.deepEqual(await query(url, "SELECT to_regclass('note') AS there"), [{ there: null }]);
  assert.deepEqual(await migrate(url, [...ownMigrations(), addNotes]), [addNotes.name]);
});

test('a server that is not there is said in words', async () => {
  await assert.rejects(migrate('postgresql://nobody@127.0.0.1:1/none'), { code: 'database.unreachable' });
});
