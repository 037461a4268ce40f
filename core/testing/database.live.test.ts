import assert from 'node:assert/strict';
import { test } from 'node:test';
import { query } from '#core/infra/postgres/query.ts';
import { openTestDatabase } from '#core/testing/database.ts';

test('a test database is migrated, empty, and of its own', async (t) => {
  const [one, other] = await Promise.all([openTestDatabase(t), openTestDatabase(t)]);
  assert.notEqual(one.url, other.url);
  for (const { url } of [one, other]) {
    assert.deepEqual(await query(url, 'SELECT count(*)::int AS turns FROM turn'), [{ turns: 0 }]);
  }
});

test('a test database is gone after its test, though somebody is still connected', async (t) => {
  let url = '';
  await t.test('inner', async (inner) => {
    ({ url } = await openTestDatabase(inner));
    void query(url, 'SELECT pg_sleep(60)').catch(() => {});
    await query(url, 'SELECT 1');
  });
  await assert.rejects(query(url, 'SELECT 1'), /does not exist/);
});
