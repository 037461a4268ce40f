import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openTestDatabase } from '#core/testing/database.ts';
import { openDatabase, transaction } from './database.ts';

test('a connection cut between two statements fails its transaction, not the process', async (t) => {
  const { url } = await openTestDatabase(t);
  const database = openDatabase(url);
  const cut = transaction(database.pool, async (db) => {
    const { rows } = await db.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    const gone = new Promise((resolve) => db.once('end', resolve));
    await database.pool.query('SELECT pg_terminate_backend($1)', [rows[0]?.pid]);
    await gone;
    await db.query('SELECT 1');
  });
  await assert.rejects(cut);
  assert.equal((await database.pool.query('SELECT 1')).rowCount, 1);
  await database.close();
});
