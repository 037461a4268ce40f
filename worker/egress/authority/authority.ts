import { createHash, createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';
import { LeastRecent } from '../least-recent.ts';
import { issueCertificate } from './certificate.ts';
import { deriveKey } from './derived-key.ts';

/** As in the image's trust store, which finds the certificate by a hash of this. */
const subject = { organisation: 'Deckhand', common: 'Deckhand door' };
const dayMs = 86_400_000;
const leafDays = 30;
const contextsMax = 256;

/** One leaf key for all: it never leaves this process, and a key for each host would buy nothing. */
const leaf = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const leafPem = leaf.privateKey.export({ type: 'pkcs8', format: 'pem' });

/** Speaks for any host, but only to the one sandbox that trusts it. */
export interface Authority {
  /** The certificate that the sandbox trusts, in PEM. */
  readonly pem: string;
  /** What a TLS server shows to be `host` (a canonical name or address); kept for the hosts used last. */
  contextFor(host: string): SecureContext;
}

/** The authority of one sandbox; `secret` is the instance's, at least 32 bytes. */
export function openAuthority(secret: Uint8Array, sandboxId: string, now = Date.now): Authority {
  const key = deriveKey(secret, sandboxId);
  const issuerKey = createPublicKey(key);
  const pem = issueCertificate(
    {
      subject,
      issuer: subject,
      publicKey: issuerKey,
      issuerKey,
      serial: createHash('sha256').update(sandboxId).digest().subarray(0, 16),
      // Fixed, so that it does not matter who makes the certificate, and when.
      from: new Date('2025-01-01'),
      until: new Date('2049-01-01'),
    },
    key,
  );
  const contexts = new LeastRecent<string, { context: SecureContext; renewAt: number }>(contextsMax);

  const issue = (host: string): SecureContext => {
    const facts = {
      subject: { organisation: '', common: host.length <= 64 ? host : 'Deckhand' },
      issuer: subject,
      publicKey: leaf.publicKey,
      issuerKey,
      serial: randomBytes(16),
      from: new Date(now() - dayMs),
      until: new Date(now() + leafDays * dayMs),
      host,
    };
    return createSecureContext({
      key: leafPem,
      cert: issueCertificate(facts, key) + pem,
      minVersion: 'TLSv1.2',
    });
  };
  return {
    pem,
    contextFor(host) {
      const known = contexts.get(host);
      if (known && known.renewAt > now()) return known.context;
      const context = issue(host);
      contexts.set(host, { context, renewAt: now() + (leafDays / 2) * dayMs });
      return context;
    },
  };
}
