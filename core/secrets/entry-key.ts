import { createPrivateKey, hkdfSync } from 'node:crypto';
import { sha256 } from '#core/events/canonical.ts';
import { entryPublicKey } from './entry-seal.ts';
import type { EgressKey } from './ports.ts';

/** RFC 8410: what stands before the 32 bytes of an X25519 key in PKCS #8. */
const pkcs8 = Buffer.from('302e020100300506032b656e04220420', 'hex');

/**
 * The private key that values are sealed to, PKCS #8 PEM: made of a master key, so that every egress with that master
 * key can take over every entry, and there is one thing to keep and to back up.
 */
export function entryKeyOf(masterKey: Uint8Array): string {
  const seed = Buffer.from(hkdfSync('sha256', masterKey, Buffer.alloc(0), 'deckhand:entry-key:v1', 32));
  const key = createPrivateKey({ key: Buffer.concat([pkcs8, seed]), format: 'der', type: 'pkcs8' });
  seed.fill(0);
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** What egress publishes of it. */
export function publishedKey(privatePem: string): EgressKey {
  const publicKey = entryPublicKey(privatePem);
  return { keyId: sha256(`deckhand:entry-key:v1:${publicKey}`).slice(0, 16), publicKey };
}
