import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { openDatabase } from '#core/infra/database.ts';
import { openTestDatabase } from '#core/testing/database.ts';
import { lastFirst } from '#core/testing/last-first.ts';
import { secretsContract } from '#core/testing/secrets-contract.ts';
import { openSecretLinks } from './secret-links.ts';
import { openSecrets } from './secrets.ts';
import { openVaultRows } from './vault-rows.ts';

const releases = lastFirst({ after });
const opened = openTestDatabase(releases).then(({ url }) => {
  const database = openDatabase(url);
  releases.after(() => database.close());
  return database;
});

secretsContract('postgres', async () => {
  const database = await opened;
  return {
    secrets: openSecrets(database),
    links: openSecretLinks(database),
    rows: openVaultRows(database),
  };
});

test('I5: the database refuses a row without a value, with two, under no key, or going back to an older version', async () => {
  const { pool } = await opened;
  const insert = (columns: string, values: string) =>
    pool.query(
      `INSERT INTO secret (id, workspace_id, name, version, bindings, created_by${columns})
       VALUES ('sec_check', 'wsp_check', 'A', 2, '[]', 'usr'${values})`,
    );
  await assert.rejects(insert('', ''), /secret_value/);
  await assert.rejects(insert(', entry', ", '{}'"), /secret_keys/);
  await assert.rejects(
    insert(', entry, entry_key_id, envelope, master_key_id', ", '{}', 'k', '{}', 'm'"),
    /secret_value/,
  );
  await insert(', entry, entry_key_id', ", '{}', 'k'");
  const change = (what: string) => pool.query(`UPDATE secret SET ${what} WHERE id = 'sec_check'`);
  await assert.rejects(change('version = 1'), /only rises/);
  await assert.rejects(change("user_id = 'usr_other'"), /keeps its place/);
  await assert.rejects(change('removed_at = now()'), /secret_value/);
  await change('version = 3');
});
