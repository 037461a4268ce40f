import { createECDH, createPrivateKey, hkdfSync, type KeyObject } from 'node:crypto';

/** Order of P-256 (FIPS 186-5, SP 800-186). */
const order = BigInt('0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551');

/**
 * The P-256 key of a sandbox: always the same for one secret and sandbox, so that nothing has to be kept and any
 * process that has the secret can sign. 384 bits are reduced modulo the order (FIPS 186-5, A.2.1).
 */
export function deriveKey(secret: Uint8Array, sandboxId: string): KeyObject {
  const seed = Buffer.from(
    hkdfSync('sha256', secret, 'deckhand', `deckhand:door-authority:v1:${sandboxId}`, 48),
  );
  const scalar = (BigInt(`0x${seed.toString('hex')}`) % (order - 1n)) + 1n;
  const d = Buffer.from(scalar.toString(16).padStart(64, '0'), 'hex');
  const curve = createECDH('prime256v1');
  curve.setPrivateKey(d);
  const point = curve.getPublicKey();
  return createPrivateKey({
    format: 'jwk',
    key: {
      kty: 'EC',
      crv: 'P-256',
      d: d.toString('base64url'),
      x: point.subarray(1, 33).toString('base64url'),
      y: point.subarray(33).toString('base64url'),
    },
  });
}
