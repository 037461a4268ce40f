import assert from 'node:assert/strict';
import { test } from 'node:test';
import { migrate, ownMigrations } from '#core/infra/migrate.ts';
import { ensureDatabase, query, quoted } from '#core/infra/postgres/query.ts';
import { onServer, testServer } from '#core/testing/server.ts';

/**
 * Processes of the version before go on while a new one migrates (docs/operations.md), so that what they read, write and
 * call must still be there, and nothing they write may be refused. The last migration of the last version that was given
 * to people; moved on with each version. What is to go, goes one version after nobody uses it any more.
 */
const given = '20261121000160_notice_cards';

/** Everything that an older process can depend on, and how it is. */
const kept = `
  SELECT 'column ' || table_name || '.' || column_name AS what, data_type AS is
  FROM information_schema.columns WHERE table_schema = 'public'
  UNION ALL
  SELECT 'function ' || p.oid::regprocedure, pg_get_function_result(p.oid)
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = 'public'`;

/** What may refuse a row that an older process writes. */
const strict = `
  SELECT 'required ' || table_name || '.' || column_name AS what, table_name AS is
  FROM information_schema.columns
  WHERE table_schema = 'public' AND is_nullable = 'NO' AND column_default IS NULL AND is_identity = 'NO'
  UNION ALL
  SELECT 'constraint ' || conname || ': ' || pg_get_constraintdef(oid), conrelid::regclass::text
  FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype IN ('c', 'f', 'u', 'x')
  UNION ALL
  SELECT 'unique index ' || indexname || ': ' || indexdef, tablename FROM pg_indexes
  WHERE schemaname = 'public' AND indexdef LIKE 'CREATE UNIQUE%'`;

const factOf = ({ what, is }: Record<string, unknown>) => ({ what: String(what), is: String(is) });

async function faultsOf(url: string, step: () => Promise<unknown>): Promise<string[]> {
  const look = async () => ({
    kept: (await query(url, kept)).map(factOf),
    strict: (await query(url, strict)).map(factOf),
    tables: (await query(url, `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'`)).map(
      ({ name }) => String(name),
    ),
  });
  const before = await look();
  await step();
  const after = await look();
  const is = new Map(after.kept.map((fact) => [fact.what, fact.is]));
  const gone = before.kept
    .filter((fact) => is.get(fact.what) !== fact.is)
    .map(({ what, is: was }) => `${what} was ${was} and is ${is.get(what) ?? 'gone'}`);
  const known = new Set(before.strict.map(({ what }) => what));
  const stricter = after.strict
    .filter(({ what, is: table }) => !known.has(what) && before.tables.includes(table.replaceAll('"', '')))
    .map(({ what }) => `new: ${what}`);
  return [...gone, ...stricter];
}

async function openEmpty(t: { after(work: () => Promise<void>): void }): Promise<string> {
  const server = await testServer();
  const name = `expand_${process.pid}_${Math.random().toString(36).slice(2)}`;
  await ensureDatabase(server, name);
  t.after(async () => void (await query(server, `DROP DATABASE IF EXISTS ${quoted(name)} WITH (FORCE)`)));
  return onServer(server, name);
}

test('I1: migrations since the last version only add: what processes of that version read, write and call goes on working', async (t) => {
  const url = await openEmpty(t);
  const all = ownMigrations();
  const first = all.filter(({ name }) => name <= given);
  assert.equal(first.at(-1)?.name, given);
  await migrate(url, first);
  assert.deepEqual(await faultsOf(url, () => migrate(url, all)), []);
});

test('a migration that takes something away, or asks for more, would be noticed', async (t) => {
  const url = await openEmpty(t);
  await query(
    url,
    'CREATE TABLE old (id int, kept text)',
    'CREATE FUNCTION used(n int) RETURNS int LANGUAGE sql AS $$ SELECT n $$',
  );
  for (const [sql, fault] of [
    ['ALTER TABLE old ADD COLUMN more text', null],
    ["ALTER TABLE old ADD COLUMN filled text NOT NULL DEFAULT ''", null],
    ['CREATE TABLE young (id int PRIMARY KEY, must text NOT NULL)', null],
    ['ALTER TABLE old ADD COLUMN must text NOT NULL', /new: required old.must/],
    ['ALTER TABLE old RENAME COLUMN kept TO other', /column old.kept was text and is gone/],
    ['ALTER TABLE old ALTER COLUMN id TYPE bigint', /column old.id was integer and is bigint/],
    ['CREATE UNIQUE INDEX one ON old (id)', /new: unique index one/],
    ['ALTER TABLE old ADD CONSTRAINT large CHECK (id > 3)', /new: constraint large/],
    [
      'DROP FUNCTION used; CREATE FUNCTION used(n bigint) RETURNS int LANGUAGE sql AS $$ SELECT 1 $$',
      /function used\(integer\) .* gone/,
    ],
    ['DROP TABLE old', /column old.id .* gone/],
  ] as const) {
    const faults = (await faultsOf(url, () => query(url, sql))).join('\n');
    if (fault === null) assert.equal(faults, '', sql);
    else assert.match(faults, fault, sql);
  }
});
