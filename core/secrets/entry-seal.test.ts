import assert from 'node:assert/strict';
import { test } from 'node:test';
import { entryPublicKey, newEntryKey, openEntry, sealEntry } from './entry-seal.ts';
import type { SecretPlace } from './place.ts';

const place: SecretPlace = { workspace: 'wsp_1', user: null, name: 'API_KEY', version: 1 };
const value = 'a-value-for-egress-only';
const key = newEntryKey();

test('I5: only the holder of the private key opens an entry', () => {
  const sealed = sealEntry(value, place, entryPublicKey(key));
  assert.equal(openEntry(sealed, place, key), value);
  assert.throws(() => openEntry(sealed, place, newEntryKey()), { code: 'secret_entry_invalid' });
});

test('an entry opens for no other place, and with no part exchanged', () => {
  const sealed = sealEntry(value, place, entryPublicKey(key));
  const other = sealEntry(value, place, entryPublicKey(key));
  assert.throws(() => openEntry(sealed, { ...place, user: 'usr_1' }, key), { code: 'secret_entry_invalid' });
  assert.throws(() => openEntry({ ...sealed, ephemeral: other.ephemeral }, place, key), {
    code: 'secret_entry_invalid',
  });
  assert.throws(() => openEntry({ ...sealed, box: other.box }, place, key), { code: 'secret_entry_invalid' });
});

test('a public key of low order, which would make the secret known, is refused', () => {
  const zero = Buffer.alloc(32).toString('base64url');
  assert.throws(() => sealEntry(value, place, zero));
  assert.throws(() => openEntry({ ephemeral: zero, box: '' }, place, key), { code: 'secret_entry_invalid' });
});
