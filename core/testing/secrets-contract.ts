import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newId } from '#core/ids.ts';
import { enterSecrets, type NewSecret } from '#core/secrets/enter-secrets.ts';
import { entryKeyOf, publishedKey } from '#core/secrets/entry-key.ts';
import { openEntry } from '#core/secrets/entry-seal.ts';
import { openSecret, sealSecret } from '#core/secrets/envelope.ts';
import { newMasterKey, openMasterKeys } from '#core/secrets/master-keys.ts';
import type { SecretOwner, VaultRow } from '#core/secrets/ports.ts';
import type { SecretStore } from './memory-secrets.ts';

const value = 'ghp_correct-horse-battery';
const keys = openMasterKeys([newMasterKey()]);
const entryKey = entryKeyOf(keys.byId.get(keys.current) ?? new Uint8Array());
const published = publishedKey(entryKey);
const token = (name = 'GITHUB_TOKEN', text = value): NewSecret => ({
  name,
  value: text,
  bindings: [{ hosts: ['api.example.com'], put: { as: 'bearer' } }],
});

/** What every store of secrets keeps to; `open` gives one that other tests may use at the same time. */
export function secretsContract(store: string, open: () => Promise<SecretStore>): void {
  const fresh = () => openFresh(open);
  vaultContract(store, fresh);

  test(`${store}: a secret is seen by its person, in its workspace, without its value`, async () => {
    const { secrets, owner, enter, only } = await fresh();
    await enter([token()]);
    const facts = await only();
    assert.deepEqual([facts.name, facts.version, facts.usedAt], ['GITHUB_TOKEN', 1, null]);
    assert.deepEqual(facts.bindings[0]?.hosts, [{ kind: 'name', host: 'api.example.com' }]);
    assert.deepEqual(facts.bindings[0]?.methods, ['GET', 'HEAD']);
    const visible = async (workspace: string, user: string) =>
      (await secrets.visibleTo(workspace, user)).length;
    assert.equal(await visible(owner.workspace, owner.user), 1);
    assert.equal(await visible(owner.workspace, newId('usr')), 0);
    assert.equal(await visible(newId('wsp'), owner.user), 0);
    assert.equal((await secrets.byId(facts.secretId))?.name, 'GITHUB_TOKEN');
    assert.ok(!JSON.stringify([facts, await secrets.visibleTo(owner.workspace, owner.user)]).includes(value));
  });

  test(`${store}: a person's own secret stands before the workspace's default of that name`, async () => {
    const { secrets, owner, enter, only } = await fresh();
    const shared = { ...owner, user: null };
    await enter([token('A'), token('B')], shared);
    await enter([token('B')]);
    const leased = await secrets.visibleTo(owner.workspace, owner.user);
    assert.deepEqual(
      leased.map(({ name, user }) => [name, user]),
      [
        ['A', null],
        ['B', owner.user],
      ],
    );
    await secrets.remove((await only()).secretId, owner.user);
    const left = await secrets.visibleTo(owner.workspace, owner.user);
    assert.deepEqual(
      left.map(({ user }) => user),
      [null, null],
    );
  });

  test(`${store}: replacing keeps the id and raises the version, also after a removal; nothing of the old is left`, async () => {
    const { secrets, rows, enter, only, row } = await fresh();
    await enter([token()]);
    const before = await row();
    await enter([token('GITHUB_TOKEN', 'ghp_another-value-entirely')]);
    const facts = await only();
    assert.deepEqual([facts.secretId, facts.version], [before.secretId, 2]);
    assert.notDeepEqual((await row()).kept, before.kept);
    assert.equal(await secrets.remove(facts.secretId, 'ana'), true);
    assert.equal(await secrets.remove(facts.secretId, 'ana'), false);
    assert.equal(await secrets.byId(facts.secretId), null);
    assert.equal(await rows.byId(facts.secretId), null);
    await enter([token()]);
    assert.deepEqual([(await only()).secretId, (await only()).version], [before.secretId, 3]);
  });

  test(`${store}: of many replacements at once each counts, and the last version is whole`, async () => {
    const { enter, only, row } = await fresh();
    const values = ['one-of-the-values', 'two-of-the-values', 'three-of-the-values'];
    await Promise.all(values.map((text) => enter([token('A', text)])));
    assert.equal((await only()).version, 3);
    const { kept, place } = await row();
    assert.ok('entry' in kept && values.includes(openEntry(kept.entry, place, entryKey)));
  });

  test(`${store}: a paste is kept as a whole or not at all`, async () => {
    const { secrets, enter, owner } = await fresh();
    await assert.rejects(enter([token('A'), token('B', 'short')]), { code: 'secret_invalid' });
    await assert.rejects(enter([token('A'), token('A')]), { message: /A is given twice/ });
    await assert.rejects(enter([token('not a name')]), { code: 'secret_invalid' });
    assert.deepEqual(await secrets.list(owner), []);
    await enter([token('B'), token('A')]);
    const names = (await secrets.list(owner)).map(({ name }) => name);
    assert.deepEqual(names, ['A', 'B']);
  });

  test(`${store}: a link stores for its own person and workspace, once, in time, and is not spent by a failure`, async () => {
    const { links, owner, enter, secrets } = await fresh();
    const of = { userId: owner.user, workspaceId: owner.workspace };
    const link = await links.create(of, 60_000);
    const seen = await links.look(link);
    assert.deepEqual([seen?.userId, seen?.workspaceId], [owner.user, owner.workspace]);
    const elsewhere = { ...owner, user: newId('usr') };
    await assert.rejects(enter([token()], elsewhere, link), { code: 'secret_link_spent' });
    await assert.rejects(enter([token()], { ...owner, user: null }, link), { code: 'secret_link_spent' });
    await assert.rejects(enter([token('A', 'short')], owner, link), { code: 'secret_invalid' });
    const both = await Promise.allSettled([
      enter([token('A')], owner, link),
      enter([token('B')], owner, link),
    ]);
    assert.deepEqual(both.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
    assert.equal((await secrets.list(owner)).length, 1);
    assert.equal(await links.look(link), null);
    assert.equal(await links.look('no-such-link'), null);
    const late = await links.create(of, -1);
    assert.equal(await links.look(late), null);
    await assert.rejects(enter([token('C')], owner, late), { code: 'secret_link_spent' });
  });
}

/** The part that egress sees. */
function vaultContract(store: string, fresh: () => ReturnType<typeof openFresh>): void {
  test(`${store}: an entry becomes an envelope once; one that was replaced meanwhile stays as it is`, async () => {
    const { rows, enter, row, only } = await fresh();
    await enter([token()]);
    const sealed = await row();
    assert.ok('entry' in sealed.kept);
    const envelope = sealSecret(openEntry(sealed.kept.entry, sealed.place, entryKey), sealed.place, keys);
    const waits = async () =>
      ids(await rows.sealedTo([published.keyId], [], 10_000)).includes(sealed.secretId);
    assert.equal(await waits(), true);
    assert.ok((await rows.keysInUse()).includes(published.keyId));
    assert.deepEqual(ids(await rows.sealedTo(['other-key'], [], 10)), []);
    assert.ok(
      !ids(await rows.sealedTo([published.keyId], [sealed.secretId], 10_000)).includes(sealed.secretId),
    );
    assert.equal(await rows.keep(sealed, envelope), true);
    assert.equal(await rows.keep(sealed, envelope), false);
    assert.equal(await waits(), false);
    const now = await row();
    assert.ok('envelope' in now.kept && openSecret(now.kept.envelope, now.place, keys) === value);
    await rows.used(now.secretId);
    assert.ok((await only()).usedAt);
    await enter([token()]);
    assert.equal((await only()).usedAt, null, 'the new version was never used');
    assert.equal(await rows.keep(now, envelope), false);
    assert.equal(await waits(), true);
  });

  test(`${store}: egress finds what is under an older master key that it knows`, async () => {
    const { rows, secrets, enter, row } = await fresh();
    await enter([token()]);
    const sealed = await row();
    await rows.keep(sealed, sealSecret(value, sealed.place, keys));
    const find = async (current: string, known: string[], except: string[] = []) =>
      ids(await rows.toRewrap(current, known, except, 10_000)).includes(sealed.secretId);
    assert.equal(await find('new', ['new', keys.current]), true);
    assert.equal(await find('new', ['new', keys.current], [sealed.secretId]), false);
    assert.equal(await find('new', ['new']), false);
    assert.equal(await find(keys.current, [keys.current]), false);
    const under = (await secrets.underKeys()).keys.find(({ masterKeyId }) => masterKeyId === keys.current);
    assert.ok((under?.secrets ?? 0) >= 1);
    assert.ok((await rows.keysInUse()).includes(keys.current));
  });

  test(`${store}: values are sealed to the key that was published last`, async () => {
    const { rows, secrets } = await fresh();
    await rows.publish({ keyId: 'another', publicKey: 'x' });
    await rows.publish(published);
    assert.deepEqual(await secrets.egressKey(), published);
  });
}

/** A store with an owner of its own, and what a test does with them. */
async function openFresh(open: () => Promise<SecretStore>) {
  const opened = await open();
  await opened.rows.publish(published);
  const owner = { workspace: newId('wsp'), user: newId('usr') };
  const enter = (secrets: NewSecret[], whose: SecretOwner = owner, link?: string) =>
    enterSecrets(opened.secrets, { owner: whose, secrets, by: owner.user, ...(link ? { link } : {}) });
  const only = async (whose: SecretOwner = owner) => {
    const [first, ...rest] = await opened.secrets.list(whose);
    assert.ok(first && rest.length === 0);
    return first;
  };
  const row = async () => {
    const found = await opened.rows.byId((await only()).secretId);
    assert.ok(found);
    return found;
  };
  return { ...opened, owner, enter, only, row };
}

const ids = (rows: readonly VaultRow[]) => rows.map(({ secretId }) => secretId);
