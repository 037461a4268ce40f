import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { pino } from 'pino';
import { openDatabase } from '#core/infra/database.ts';
import { masterKeyFile, openMasterKeySource, rotateMasterKeyFile } from '#core/infra/master-key-file.ts';
import { openSecrets } from '#core/infra/secrets.ts';
import { openVaultRows } from '#core/infra/vault-rows.ts';
import { openLog } from '#core/log.ts';
import { enterSecrets } from '#core/secrets/enter-secrets.ts';
import { type MasterKeys, newMasterKey, openMasterKeys } from '#core/secrets/master-keys.ts';
import { openTestDatabase } from '#core/testing/database.ts';
import { lastFirst, type Releases } from '#core/testing/last-first.ts';
import { until } from '#core/testing/until.ts';
import { adoptEntries } from './adopt-entries.ts';
import { openVault } from './vault.ts';

const log = openLog('test', 'silent');
const owner = { workspace: 'wsp_1', user: 'usr_ana' };
const [oldKey, newKey] = [newMasterKey(), newMasterKey()] as const;

async function openStore(t: Releases) {
  const releases = lastFirst(t);
  const database = openDatabase((await openTestDatabase(releases)).url);
  releases.after(() => database.close());
  const [secrets, rows] = [openSecrets(database), openVaultRows(database)];
  const vaultWith = (keys: MasterKeys) => openVault({ rows, keys: () => keys, log });
  /** Enters a secret and gives its id. */
  const enter = async (name: string, value = `value-of-${name}`, whose: typeof owner = owner) => {
    const bindings = [{ hosts: ['api.example.com'], put: { as: 'bearer' as const } }];
    await enterSecrets(secrets, { owner: whose, secrets: [{ name, value, bindings }], by: 'usr_ana' });
    const found = (await secrets.list(whose)).find((one) => one.name === name);
    assert.ok(found);
    return found.secretId;
  };
  return { database, secrets, rows, vaultWith, enter };
}

test('a secret opens before and after egress has taken it over', async (t) => {
  const { vaultWith, enter, secrets } = await openStore(t);
  const vault = vaultWith(openMasterKeys([oldKey]));
  await assert.rejects(enter('TOO_EARLY'), { code: 'secret_no_egress' });
  await vault.publish();
  const id = await enter('TOKEN');
  assert.equal(await vault.open(id), 'value-of-TOKEN');
  assert.deepEqual(await vault.tidy(), { adopted: 1, rewrapped: 0 });
  assert.deepEqual(await vault.tidy(), { adopted: 0, rewrapped: 0 });
  assert.equal(await vault.open(id), 'value-of-TOKEN');
  assert.equal((await secrets.byId(id))?.usedAt, null, 'what is only opened was not used');
  await vault.used(id);
  assert.ok((await secrets.byId(id))?.usedAt);
  await secrets.remove(id, 'usr_ana');
  await assert.rejects(vault.open(id), { code: 'secret_unreadable', message: /removed/ });
});

test('the master key rotates: what was written before and after opens, and then needs the old key no more', async (t) => {
  const { vaultWith, enter, secrets } = await openStore(t);
  const before = vaultWith(openMasterKeys([oldKey]));
  await before.publish();
  const adopted = await enter('ADOPTED');
  await before.tidy();
  const sealed = await enter('SEALED');

  const after = vaultWith(openMasterKeys([newKey, oldKey]));
  await after.publish();
  const later = await enter('LATER');
  await assert.rejects(before.open(later), { code: 'secret_unreadable', message: /same master key/ });
  for (const id of [adopted, sealed, later]) assert.match(await after.open(id), /^value-of-/);
  assert.deepEqual(await after.tidy(), { adopted: 2, rewrapped: 1 });
  const { current } = openMasterKeys([newKey]);
  assert.deepEqual(await secrets.underKeys(), { waiting: 0, keys: [{ masterKeyId: current, secrets: 3 }] });

  const alone = vaultWith(openMasterKeys([newKey]));
  for (const id of [adopted, sealed, later]) assert.match(await alone.open(id), /^value-of-/);
  await assert.rejects(before.open(adopted), {
    code: 'secret_unreadable',
    message: /add it as an older key/,
  });
});

test('an egress that lacks a key which is in use says so when it starts', async (t) => {
  const { rows, vaultWith, enter } = await openStore(t);
  const said: string[] = [];
  const listening = pino({ level: 'error' }, { write: (line: string) => void said.push(line) });
  const startWith = (...keys: [string, ...string[]]) =>
    openVault({ rows, keys: () => openMasterKeys(keys), log: listening }).publish();
  const first = vaultWith(openMasterKeys([oldKey]));
  await first.publish();
  await enter('ADOPTED');
  await first.tidy();
  await enter('SEALED');
  await startWith(newKey, oldKey);
  assert.deepEqual(said, []);
  await startWith(newKey);
  assert.match(said.join(), new RegExp(`${openMasterKeys([oldKey]).current}.*DECKHAND_MASTER_KEYS_OLDER`));
  assert.equal(JSON.parse(said[0] ?? '').keys.length, 2, 'the master key and the key that is made of it');
});

test('two vaults that tidy at once do each secret once, and more than a batch', async (t) => {
  const { vaultWith, enter, secrets } = await openStore(t);
  const keys = openMasterKeys([oldKey]);
  const [one, other] = [vaultWith(keys), vaultWith(keys)];
  await one.publish();
  for (let index = 0; index < 120; index += 1) await enter(`TOKEN_${index}`);
  const done = await Promise.all([one.tidy(), other.tidy()]);
  const rest = await one.tidy();
  assert.equal(done[0].adopted + done[1].adopted + rest.adopted, 120);
  assert.equal((await secrets.underKeys()).waiting, 0);
});

test('I5: a row copied to another workspace, user, name or version, or bound to another host, does not open', async (t) => {
  const { database, vaultWith, enter } = await openStore(t);
  const vault = vaultWith(openMasterKeys([oldKey]));
  await vault.publish();
  const changes = [
    "workspace_id = 'wsp_2'",
    "user_id = 'usr_eve'",
    'user_id = NULL',
    "name = 'OTHER'",
    'version = version + 1',
    `bindings = replace(bindings, 'api.example.com', 'evil.example.com')`,
  ];
  for (const state of ['sealed', 'adopted']) {
    const id = await enter(`TOKEN_${state}`);
    if (state === 'adopted') await vault.tidy();
    for (const [index, change] of changes.entries()) {
      const copy = `sec_${state}_${index}`;
      const client = await database.pool.connect();
      try {
        // As somebody who may write rows would: without the trigger that stands in the way.
        await client.query('BEGIN');
        await client.query('ALTER TABLE secret DISABLE TRIGGER secret_rises');
        await client.query('DROP INDEX secret_place');
        await client.query(
          `INSERT INTO secret SELECT $1, workspace_id, user_id, name, version, bindings, entry, entry_key_id,
             envelope, master_key_id, created_by FROM secret WHERE id = $2`,
          [copy, id],
        );
        await client.query(`UPDATE secret SET ${change} WHERE id = $1`, [copy]);
        await client.query('COMMIT');
        await client.query(`ALTER TABLE secret ENABLE TRIGGER secret_rises`);
      } finally {
        client.release();
      }
      const codes = ['secret_unreadable', 'secret_entry_invalid'];
      await assert.rejects(
        vault.open(copy),
        (fault: { code?: string }) => codes.includes(fault.code ?? ''),
        change,
      );
      await database.pool.query('DELETE FROM secret WHERE id = $1', [copy]);
      await database.pool.query(
        `CREATE UNIQUE INDEX secret_place ON secret (workspace_id, COALESCE(user_id, ''), name)`,
      );
    }
    assert.equal(await vault.open(id), `value-of-TOKEN_${state}`);
  }
});

test('I5: a value is not opened for bindings that are not those it was entered for', async (t) => {
  const { database, vaultWith, enter, secrets } = await openStore(t);
  const vault = vaultWith(openMasterKeys([oldKey]));
  await vault.publish();
  const id = await enter('TOKEN');
  const rebind = (from: string, to: string) =>
    database.pool.query('UPDATE secret SET bindings = replace(bindings, $1, $2)', [from, to]);
  await rebind('api.example.com', 'evil.example.com');
  const read = await secrets.byId(id);
  await rebind('evil.example.com', 'api.example.com');
  assert.equal(await vault.open(id), 'value-of-TOKEN', 'the row is whole again');
  await assert.rejects(vault.open(id, read?.boundTo), { code: 'secret_unreadable', message: /elsewhere/ });
  assert.equal(await vault.open(id, (await secrets.byId(id))?.boundTo), 'value-of-TOKEN');
});

test('an entry that cannot be read holds nothing up, and its replacement is taken', async (t) => {
  const { database, vaultWith, enter, secrets } = await openStore(t);
  const vault = vaultWith(openMasterKeys([oldKey]));
  await vault.publish();
  const broken = await enter('BROKEN');
  await database.pool.query(`UPDATE secret SET entry = '{"box":"AAAA","ephemeral":"AAAA"}' WHERE id = $1`, [
    broken,
  ]);
  await enter('WHOLE');
  assert.equal((await vault.tidy()).adopted, 1);
  assert.equal((await vault.tidy()).adopted, 0);
  assert.equal((await secrets.underKeys()).waiting, 1);
  await enter('BROKEN', 'a-value-that-is-whole');
  assert.equal((await vault.tidy()).adopted, 1);
  assert.equal(await vault.open(broken), 'a-value-that-is-whole');
});

test('the key file is made once, for nobody else to read; a rotation is taken while egress runs', async (t) => {
  const { rows, secrets, enter } = await openStore(t);
  const home = mkdtempSync(join(tmpdir(), 'deckhand-vault-'));
  const stopping = new AbortController();
  const source = openMasterKeySource(home, { current: undefined, older: [] });
  assert.equal(source().current, openMasterKeySource(home, { current: undefined, older: [] })().current);
  assert.equal(statSync(masterKeyFile(home)).mode & 0o777, 0o600);
  const vault = openVault({ rows, keys: source, log });
  const loop = adoptEntries({ vault, log, everyMs: 20, signal: stopping.signal });
  after(() => rmSync(home, { recursive: true, force: true }));
  t.after(async () => {
    stopping.abort();
    await loop;
  });
  await until(() => secrets.egressKey(), 'the published key');
  const id = await enter('TOKEN');
  const allUnder = (key: string) =>
    until(async () => {
      const { waiting, keys } = await secrets.underKeys();
      return waiting === 0 && keys.length === 1 && keys[0]?.masterKeyId === key ? true : null;
    }, `all secrets under ${key}`);
  await allUnder(source().current);
  const before = await secrets.egressKey();
  const rotated = rotateMasterKeyFile(home);
  assert.equal(statSync(masterKeyFile(home)).mode & 0o777, 0o600);
  await allUnder(rotated);
  assert.notDeepEqual(await secrets.egressKey(), before);
  assert.equal(await vault.open(id), 'value-of-TOKEN');
});

test('keys that are given stand before the file, and a faulty one is refused without repeating it', () => {
  const home = mkdtempSync(join(tmpdir(), 'deckhand-vault-'));
  after(() => rmSync(home, { recursive: true, force: true }));
  const given = openMasterKeySource(home, { current: newKey, older: [oldKey] })();
  assert.deepEqual([...given.byId.keys()], [...openMasterKeys([newKey, oldKey]).byId.keys()]);
  openMasterKeySource(home, { current: undefined, older: [] });
  const withOlder = openMasterKeySource(home, { current: undefined, older: [oldKey] })();
  assert.equal(withOlder.byId.size, 2);
  writeFileSync(masterKeyFile(home), 'not-a-key-at-all\n');
  assert.throws(openMasterKeySource(home, { current: undefined, older: [] }), (fault: Error) => {
    assert.match(fault.message, /openssl rand -base64 32/);
    return !fault.message.includes('not-a-key');
  });
});
