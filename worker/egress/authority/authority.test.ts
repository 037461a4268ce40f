import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createPublicKey, randomBytes, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { connect, createServer } from 'node:tls';
import { openAuthority } from './authority.ts';
import { deriveKey } from './derived-key.ts';

const secret = randomBytes(32);

/** What a TLS client that trusts `pem` gets for `host`. */
async function chainShownFor(host: string, pem: string, authority = openAuthority(secret, 'ses_a')) {
  const server = createServer({ SNICallback: (_, done) => done(null, authority.contextFor(host)) });
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const socket = connect({
    host: '127.0.0.1',
    port,
    ca: pem,
    servername: 'sni.test',
    checkServerIdentity: () => undefined,
  });
  try {
    await once(socket, 'secureConnect');
    return socket.getPeerX509Certificate();
  } finally {
    socket.destroy();
    server.close();
  }
}

test('a key is derived: the same for one sandbox, another for every other sandbox and secret', () => {
  const spelled = (key: ReturnType<typeof deriveKey>) => createPublicKey(key).export({ format: 'jwk' }).x;
  const own = spelled(deriveKey(secret, 'ses_a'));
  assert.equal(spelled(deriveKey(secret, 'ses_a')), own);
  assert.notEqual(spelled(deriveKey(secret, 'ses_b')), own);
  assert.notEqual(spelled(deriveKey(randomBytes(32), 'ses_a')), own);
});

test('OpenSSL takes the authority and its leaves for names, addresses and hosts too long for a common name', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'deckhand-authority-'));
  const authority = openAuthority(secret, 'ses_a');
  writeFileSync(join(folder, 'ca.pem'), authority.pem);
  const long = `${'a'.repeat(60)}.${'b'.repeat(60)}.example.com`;
  try {
    for (const host of ['api.example.com', '10.1.2.3', '2001:db8::1', long, 'under_score.test']) {
      const leaf = await chainShownFor(host, authority.pem);
      assert.ok(leaf);
      writeFileSync(join(folder, 'leaf.pem'), leaf.toString());
      const purpose = ['-purpose', 'sslserver', '-x509_strict'];
      const named =
        host.includes(':') || /^[\d.]+$/.test(host) ? ['-verify_ip', host] : ['-verify_hostname', host];
      const args = [
        'verify',
        '-CAfile',
        join(folder, 'ca.pem'),
        ...purpose,
        ...named,
        join(folder, 'leaf.pem'),
      ];
      assert.match(execFileSync('openssl', args, { encoding: 'utf8' }), /: OK/);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('the authority has the subject that the image looks for, and may sign leaves only', () => {
  const certificate = new X509Certificate(openAuthority(secret, 'ses_a').pem);
  assert.equal(certificate.subject, 'O=Deckhand\nCN=Deckhand door');
  assert.equal(certificate.ca, true);
  assert.ok(certificate.verify(certificate.publicKey));
  const seen = execFileSync('openssl', ['x509', '-noout', '-ext', 'basicConstraints,keyUsage'], {
    input: certificate.toString(),
    encoding: 'utf8',
  });
  assert.match(seen, /CA:TRUE, pathlen:0/);
  assert.match(seen, /Certificate Sign\s*$/m);
});

test('a sandbox does not trust what another sandbox’s authority signed', async () => {
  const other = openAuthority(secret, 'ses_b');
  await assert.rejects(chainShownFor('api.example.com', other.pem), { code: /CERT|VERIFY/ });
});

test('a context is kept for its host and renewed before its leaf ends', () => {
  let now = Date.parse('2026-11-21');
  const authority = openAuthority(secret, 'ses_a', () => now);
  const first = authority.contextFor('api.example.com');
  assert.equal(authority.contextFor('api.example.com'), first);
  now += 16 * 86_400_000;
  assert.notEqual(authority.contextFor('api.example.com'), first);
});
