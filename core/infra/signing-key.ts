import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { newSigningKey, openSigner, type Signer } from '#core/events/signing.ts';
import { keptFile } from '#core/machine/kept-file.ts';
import { keyFolder } from '#core/machine/keys.ts';

/**
 * The instance's signing key, made on the first start. Its public half lies beside, under the key's id, for whoever pins it
 * and verifies.
 */
export function openSigningKey(home: string): Signer {
  const folder = keyFolder(home);
  const signer = openSigner(keptFile(join(folder, 'signing.pem'), newSigningKey));
  writeFileSync(join(folder, `${signer.keyId}.pub.pem`), signer.publicKey, { mode: 0o644 });
  return signer;
}

/**
 * Makes a new key the signing one. Processes take it at their next start; the public half of the old one stays, so that
 * what it signed can still be verified, and its private half is removed. Gives the new key's id.
 */
export function rotateSigningKey(home: string): string {
  const before = openSigningKey(home);
  const file = join(keyFolder(home), 'signing.pem');
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, newSigningKey(), { mode: 0o600, flush: true });
  renameSync(draft, file);
  const after = openSigningKey(home);
  if (after.keyId === before.keyId) throw new Error('the signing key did not change');
  return after.keyId;
}
