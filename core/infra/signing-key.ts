import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { newSigningKey, openSigner, type Signer } from '#core/events/signing.ts';
import { keyFolder } from '#core/machine/keys.ts';

/**
 * The instance's signing key, made on the first start (mode 0600) beside its public half for pinning. Two processes
 * that start at once get one key: the name is taken by a link, which fails for the second.
 */
export function openSigningKey(home: string): Signer {
  const folder = keyFolder(home);
  const file = join(folder, 'signing.pem');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const known = read(file);
  if (known) return published(openSigner(known), folder);

  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, newSigningKey(), { mode: 0o600, flush: true });
  try {
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft);
  }
  return published(openSigner(readFileSync(file, 'utf8')), folder);
}

/** The public half lies beside, under the key's id, for whoever verifies. */
function published(signer: Signer, folder: string): Signer {
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

function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
