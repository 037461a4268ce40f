import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { after, test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { parseRange } from '#core/policy/ranges.ts';
import { readClientHello } from './client-hello.ts';
import { doorForTests } from './testing/door.ts';
import { echo, httpsOrigin, worldRoot } from './testing/origin.ts';

const origin = await httpsOrigin(echo);
const at = await doorForTests([], {
  rulings: {
    decide: async () => assert.fail('what passes through is not decided on again'),
    passThrough: async () => ({ allow: true, opened: [parseRange('127.0.0.0/8')] }),
  },
});
after(() => Promise.all([at.close(), origin.close()]));

/** TLS to `api.test` through the door that asks for `servername`. */
async function greet(servername: string) {
  const socket = await at.knock();
  socket.write(`CONNECT api.test:${origin.port} HTTP/1.1\r\nHost: api.test\r\n\r\n`);
  await once(socket, 'readable');
  socket.read();
  const secure = connectTls({ socket, servername, ca: worldRoot, checkServerIdentity: () => undefined });
  await once(secure, 'secureConnect');
  return secure;
}

test('a host that passes through is met end to end: its own certificate, nothing read', async () => {
  const secure = await greet('api.test');
  secure.write('GET /end HTTP/1.1\r\nHost: api.test\r\nConnection: close\r\n\r\n');
  assert.match(await text(secure), /^HTTP\/1.1 200[\s\S]*"\/end"/);
  assert.deepEqual(at.lookups, ['api.test']);
});

test('another server name, or none, is turned away before any name is looked up', async () => {
  const before = at.lookups.length;
  for (const name of ['other.test', '']) await assert.rejects(greet(name), { code: /ALERT_ACCESS_DENIED/ });
  assert.equal(at.lookups.length, before);
});

test('a TLS greeting is read from any number of pieces and records, and nonsense is known for it', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(address && typeof address === 'object');
  const raw = connect(address.port, '127.0.0.1');
  const [peer] = await once(server, 'connection');
  connectTls({ socket: raw, servername: 'api.test' }).on('error', () => {});
  const [greeting] = (await once(peer, 'data')) as [Buffer];
  server.close();
  peer.destroy();
  for (let cut = 0; cut < greeting.length; cut++)
    assert.equal(readClientHello(greeting.subarray(0, cut)), null);
  assert.deepEqual(readClientHello(greeting), { serverName: 'api.test', encrypted: false });
  const body = greeting.subarray(5);
  const record = (part: Buffer) =>
    Buffer.concat([Buffer.from([22, 3, 1, part.length >> 8, part.length & 255]), part]);
  const split = Buffer.concat([
    record(body.subarray(0, 3)),
    record(body.subarray(3, 70)),
    record(body.subarray(70)),
  ]);
  assert.equal(JSON.stringify(readClientHello(split)), '{"serverName":"api.test","encrypted":false}');
  assert.equal(readClientHello(withAnotherName(greeting)), 'invalid');
  assert.equal(readClientHello(Buffer.from('GET / HTTP/1.1\r\n')), 'invalid');
  for (let at = 9; at < greeting.length; at++) {
    const broken = Buffer.from(greeting);
    broken[at] = (broken[at] ?? 0) ^ 0xff;
    readClientHello(broken);
  }
});

/** The greeting with one more server name before the one it has: which of them counts is each reader's choice. */
function withAnotherName(greeting: Buffer): Buffer {
  const name = Buffer.from('\0\0\0\x0e\0\x0c\0\0\x09evil.test', 'latin1');
  const session = 5 + 4 + 2 + 32;
  const ciphers = session + 1 + greeting.readUInt8(session);
  const compression = ciphers + 2 + greeting.readUInt16BE(ciphers);
  const extensions = compression + 1 + greeting.readUInt8(compression);
  const longer = Buffer.concat([
    greeting.subarray(0, extensions + 2),
    name,
    greeting.subarray(extensions + 2),
  ]);
  for (const [at, size] of [[3, 2] as const, [6, 3] as const, [extensions, 2] as const])
    longer.writeUIntBE(greeting.readUIntBE(at, size) + name.length, at, size);
  return longer;
}
