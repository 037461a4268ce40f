import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';
import { promisify } from 'node:util';
import { sha256 } from './canonical.ts';

/** Signs receipts and seals with Ed25519 (RFC 8032). */
export interface Signer {
  readonly keyId: string;
  /** PEM, for pinning. */
  readonly publicKey: string;
  /** Base64 signature over a content hash. */
  sign(contentHash: string): string;
}

/** A new private key, PKCS #8 PEM. */
export function newSigningKey(): string {
  return generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

export function openSigner(privatePem: string): Signer {
  const key = createPrivateKey(privatePem);
  const publicKey = createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString();
  return {
    keyId: keyIdOf(publicKey),
    publicKey,
    sign: (contentHash) => sign(null, signedBytes(contentHash), key).toString('base64'),
  };
}

/** The id of a public key: the first 16 hex digits of its PEM's SHA-256. */
export function keyIdOf(publicPem: string): string {
  return sha256(createPublicKey(publicPem).export({ type: 'spki', format: 'der' })).slice(0, 16);
}

export type Verifier = (
  keyId: string,
  contentHash: string,
  signature: string,
) => Promise<'good' | 'bad' | 'unknown_key'>;

/** On the thread pool: a long log is checked on all cores. */
const verifyAside = promisify(verify);

/** Trusts exactly the given public keys (PEM), never one found in the log. */
export function openVerifier(publicPems: readonly string[]): Verifier {
  const keys = new Map<string, KeyObject>(publicPems.map((pem) => [keyIdOf(pem), createPublicKey(pem)]));
  return async (keyId, contentHash, signature) => {
    const key = keys.get(keyId);
    if (!key) return 'unknown_key';
    const bytes = Buffer.from(signature, 'base64');
    // One signature has one spelling: the bits that base64 leaves over must not be free.
    if (bytes.toString('base64') !== signature) return 'bad';
    return (await verifyAside(null, signedBytes(contentHash), key, bytes)) ? 'good' : 'bad';
  };
}

function signedBytes(contentHash: string): Uint8Array {
  return Buffer.from(`deckhand:receipt:v1:${contentHash}`);
}
