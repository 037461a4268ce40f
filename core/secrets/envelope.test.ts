import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openSecret, rewrapSecret, sealSecret } from './envelope.ts';
import { newMasterKey, openMasterKeys } from './master-keys.ts';
import type { SecretPlace } from './place.ts';

const place: SecretPlace = { workspace: 'wsp_1', user: 'usr_1', name: 'GITHUB_TOKEN', version: 1 };
const value = 'ghp_correct-horse-battery';
const [oldKey, newKey] = [newMasterKey(), newMasterKey()] as const;
const keys = openMasterKeys([oldKey]);

test('a sealed value opens for its place, and two seals of it share nothing', () => {
  const [one, other] = [sealSecret(value, place, keys), sealSecret(value, place, keys)] as const;
  assert.equal(openSecret(one, place, keys), value);
  assert.notEqual(one.value, other.value);
  assert.notEqual(one.wrappedKey, other.wrappedKey);
  assert.ok(!JSON.stringify(one).includes(Buffer.from(value).toString('base64').slice(0, 12)));
});

test('I5: a row moved to another workspace, user, name or version does not open', () => {
  const sealed = sealSecret(value, place, keys);
  const others: Array<Partial<SecretPlace>> = [
    { workspace: 'wsp_2' },
    { user: 'usr_2' },
    { user: null },
    { name: 'OTHER' },
    { version: 2 },
  ];
  for (const change of others) {
    assert.throws(() => openSecret(sealed, { ...place, ...change }, keys), { code: 'secret_unreadable' });
    assert.throws(() => rewrapSecret(sealed, { ...place, ...change }, keys), { code: 'secret_unreadable' });
  }
});

test('a changed bit anywhere is noticed', () => {
  const sealed = sealSecret(value, place, keys);
  for (const field of ['value', 'wrappedKey'] as const) {
    const bytes = Buffer.from(sealed[field], 'base64');
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      const forged = { ...sealed, [field]: changed.toString('base64') };
      assert.throws(() => openSecret(forged, place, keys), { code: 'secret_unreadable' });
    }
    assert.throws(() => openSecret({ ...sealed, [field]: '' }, place, keys), { code: 'secret_unreadable' });
  }
});

test('rotating the master key rewraps and leaves the value untouched', () => {
  const sealed = sealSecret(value, place, keys);
  const both = openMasterKeys([newKey, oldKey]);
  const rewrapped = rewrapSecret(sealed, place, both);
  assert.equal(rewrapped.value, sealed.value);
  assert.notEqual(rewrapped.masterKeyId, sealed.masterKeyId);
  assert.equal(openSecret(rewrapped, place, openMasterKeys([newKey])), value);
  assert.throws(() => openSecret(rewrapped, place, keys), { message: /add it as an older key/ });
});

test('what cannot be a credential is refused without repeating it', () => {
  const refused = [
    'short',
    'two\nlines-of-secret',
    'ümlauts-in-a-secret',
    ' leading-space-secret',
    'x'.repeat(5000),
  ];
  for (const one of refused) {
    assert.throws(
      () => sealSecret(one, place, keys),
      (error: Error) => !error.message.includes(one),
    );
  }
});

test('a master key that is not 32 bytes of base64 is refused without repeating it', () => {
  for (const one of ['', 'secretsecret', Buffer.alloc(31, 7).toString('base64'), 'z'.repeat(64)]) {
    assert.throws(
      () => openMasterKeys([one]),
      (error: Error) => one === '' || !error.message.includes(one),
    );
  }
});
