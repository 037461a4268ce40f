import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openVerifier } from '#core/events/signing.ts';
import { verifyLog } from '#core/events/verify.ts';
import { keyFiles } from '#core/machine/keys.ts';
import { SampleLog } from '#core/testing/sample-log.ts';
import { openSigningKey, rotateSigningKey } from './signing-key.ts';

function newHome(t: TestContext): string {
  const home = mkdtempSync(join(tmpdir(), 'deckhand-keys-'));
  t.after(() => rmSync(home, { recursive: true }));
  return home;
}

const verifierOf = (files: string[]) => openVerifier(files.map((file) => readFileSync(file, 'utf8')));

test('the key is made once, readable by its owner alone', (t) => {
  const home = newHome(t);
  assert.equal(openSigningKey(home).keyId, openSigningKey(home).keyId);
  assert.equal(statSync(join(home, 'keys/signing.pem')).mode & 0o777, 0o600);
});

test('a log signed across a rotation is verified with both public keys, and not with one of them', async (t) => {
  const home = newHome(t);
  const before = openSigningKey(home);
  const log = new SampleLog('ses_1', before).addTurn('trn_1', 1);
  assert.notEqual(rotateSigningKey(home), before.keyId);
  const later = new SampleLog('ses_1', openSigningKey(home));
  later.rows.push(...log.rows);
  later.addTurn('trn_2', 2);

  const files = keyFiles(home);
  assert.equal(files.length, 2);
  assert.ok((await verifyLog('ses_1', later.rows, verifierOf(files), later.head)).ok);
  for (const file of files) {
    const verdict = await verifyLog('ses_1', later.rows, verifierOf([file]), later.head);
    assert.equal(verdict.ok ? null : verdict.fault.code, 'unknown_key');
  }
});
