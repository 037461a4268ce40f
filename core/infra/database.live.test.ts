import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openTestDatabase } from '#core/testing/database.ts';
import { openDatabase, transaction } from './database.ts';
import { isOutage } from './outage.ts';
import { query } from './postgres/query.ts';

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

test('a database that lets nobody in is an outage, whichever client says so; a wrong statement is none', async (t) => {
  const { url } = await openTestDatabase(t);
  const database = openDatabase(url);
  const elsewhere = new URL(url);
  const name = elsewhere.pathname.slice(1);
  elsewhere.pathname = '/postgres';
  const caught = (work: Promise<unknown>) =>
    work.then(
      () => null,
      (error: unknown) => error,
    );

  const cut = [
    database.pool.query('SELECT pg_sleep(10)'),
    database.prisma.$queryRaw`SELECT pg_sleep(10)`,
  ].map(caught);
  await query(
    elsewhere.href,
    `ALTER DATABASE ${name} WITH ALLOW_CONNECTIONS false`,
    // Until both statements are under way: what is cut before it began would only be refused.
    `DO $$ BEGIN FOR i IN 1..500 LOOP
       PERFORM pg_stat_clear_snapshot();
       EXIT WHEN (SELECT count(*) FROM pg_stat_activity WHERE datname = '${name}' AND query LIKE '%pg_sleep(10)%') = 2;
       PERFORM pg_sleep(0.01);
     END LOOP; END $$`,
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`,
  );
  const refused = [database.pool.query('SELECT 1'), database.prisma.user.findFirst()].map(caught);
  for (const error of await Promise.all([...cut, ...refused])) assert.ok(isOutage(error), String(error));

  await query(elsewhere.href, `ALTER DATABASE ${name} WITH ALLOW_CONNECTIONS true`);
  const wrong = [database.pool.query('SELECT nothing'), database.prisma.$queryRaw`SELECT nothing`].map(
    caught,
  );
  for (const error of await Promise.all(wrong)) assert.equal(isOutage(error), false, String(error));
  await database.close();
});
