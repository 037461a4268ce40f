import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
  if (known) return openSigner(known);

  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, newSigningKey(), { mode: 0o600, flush: true });
  try {
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft);
  }
  const signer = openSigner(readFileSync(file, 'utf8'));
  writeFileSync(join(folder, `${signer.keyId}.pub.pem`), signer.publicKey, { mode: 0o644 });
  return signer;
}

function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
