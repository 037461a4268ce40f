import {
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
} from 'node:crypto';
import { DeckhandError } from '#core/errors.ts';
import { keyBytes, open, seal } from './aes-gcm.ts';
import { placeBytes, type SecretPlace } from './place.ts';

/**
 * From the role that takes a secret to egress, which alone can open it (I5): X25519 with a key pair made for this one
 * value, HKDF-SHA-256, AES-256-GCM.
 */
export interface SealedEntry {
  /** X25519, raw, base64url. */
  readonly ephemeral: string;
  readonly box: string;
}

/** A new private key for egress, PKCS #8 PEM. */
export function newEntryKey(): string {
  return generateKeyPairSync('x25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** The public key (raw, base64url) to give to the roles that take secrets. */
export function entryPublicKey(privatePem: string): string {
  return rawOf(createPublicKey(createPrivateKey(privatePem)));
}

/** Seals a value to egress's public key, for its place. Nobody, the sealer included, can open it afterwards. */
export function sealEntry(value: string, place: SecretPlace, egressPublic: string): SealedEntry {
  const pair = generateKeyPairSync('x25519');
  const ephemeral = rawOf(pair.publicKey);
  const key = agree(pair.privateKey, publicFrom(egressPublic), ephemeral, egressPublic);
  const box = seal(key, Buffer.from(value), placeBytes('entry', place));
  key.fill(0);
  return { ephemeral, box };
}

/**
 * Opens what was sealed for this place; egress only.
 * @throws {DeckhandError} `secret_entry_invalid`
 */
export function openEntry(sealed: SealedEntry, place: SecretPlace, privatePem: string): string {
  try {
    const own = createPrivateKey(privatePem);
    const key = agree(own, publicFrom(sealed.ephemeral), sealed.ephemeral, rawOf(createPublicKey(own)));
    const value = open(key, sealed.box, placeBytes('entry', place)).toString('utf8');
    key.fill(0);
    return value;
  } catch (cause) {
    throw new DeckhandError(
      'secret_entry_invalid',
      `The entry of ${place.name} cannot be opened. Enter it anew.`,
      {
        cause,
      },
    );
  }
}

/** Both public keys are bound in, as HPKE's key schedule does. Node refuses points of low order. */
function agree(own: KeyObject, other: KeyObject, ephemeral: string, egress: string): Buffer {
  const shared = diffieHellman({ privateKey: own, publicKey: other });
  const info = `deckhand:secret-entry:v1:${ephemeral}:${egress}`;
  const key = Buffer.from(hkdfSync('sha256', shared, Buffer.alloc(0), info, keyBytes));
  shared.fill(0);
  return key;
}

function rawOf(key: KeyObject): string {
  return key.export({ format: 'jwk' }).x ?? '';
}

function publicFrom(raw: string): KeyObject {
  return createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x: raw }, format: 'jwk' });
}
