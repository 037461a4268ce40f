import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { buffer, text } from 'node:stream/consumers';
import { after, test } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { prepareRedaction } from '#core/secrets/redact/redaction.ts';
import { allowed, doorForTests } from './testing/door.ts';
import { echo, httpOrigin, httpsOrigin, misnamed, outdated, stranger, worldRoot } from './testing/origin.ts';

const at = await doorForTests([worldRoot]);
const plain = await httpOrigin(echo);
const secure = await httpsOrigin((request, response) => {
  if (request.url === '/big') {
    const block = Buffer.alloc(64 * 1024, 7);
    let left = 512;
    const more = () => {
      while (left-- > 0) if (!response.write(block)) return response.once('drain', more);
      return response.end();
    };
    return more();
  }
  if (request.url === '/cut') {
    response.writeHead(200, { 'content-length': '1000' });
    response.write('half');
    return setImmediate(() => request.socket.destroy());
  }
  if (request.url === '/packed') {
    const head = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\nConnection: close\r\n\r\n';
    return request.socket.end(`${head}8\r\nno bytes\r\n0\r\n\r\n`);
  }
  if (request.url === '/secret') {
    response.setHeader('x-token', 'abcdefghijklmnop');
    response.setHeader('x-abcdefghijklmnop', 'yes');
    response.write('token=abcdefgh');
    return response.end('ijklmnop;');
  }
  return echo(request, response);
});
const faulty = {
  'bad.test': { origin: await httpsOrigin(echo, stranger), why: /UNABLE_TO_VERIFY|SELF_SIGNED/ },
  'late.test': { origin: await httpsOrigin(echo, outdated), why: /CERT_HAS_EXPIRED/ },
  'other.test': { origin: await httpsOrigin(echo, misnamed), why: /ERR_TLS_CERT_ALTNAME_INVALID/ },
};
after(() =>
  Promise.all(
    [at, plain, secure, ...Object.values(faulty).map(({ origin }) => origin)].map((one) => one.close()),
  ),
);

const request = (host: string, target = '/', more = '') =>
  `GET ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n${more}\r\n`;

async function over(socket: TLSSocket, bytes: string): Promise<string> {
  socket.write(bytes);
  return text(socket).catch(() => 'broken off');
}

function bodyOf<T>(answer: string): T {
  const body = answer.split('\r\n\r\n')[1] ?? '';
  return JSON.parse(body.replace(/^[0-9a-f]+\r\n/, '').replace(/\r\n0\r\n$/, '')) as T;
}

test('plain HTTP passes in absolute form, without what belongs to the connection to the proxy', async () => {
  const host = `shop.test:${plain.port}`;
  const answer = await at.say(
    request(host, `http://${host}/a?b=c`, 'Proxy-Authorization: x\r\nX-Hop: 1\r\nX-End: 2\r\n').replace(
      'Connection: close',
      'Connection: close, x-hop',
    ),
  );
  assert.match(answer, /^HTTP\/1.1 200/);
  const seen = bodyOf<{ url: string; rawHeaders: string[] }>(answer);
  assert.equal(seen.url, '/a?b=c');
  assert.ok(seen.rawHeaders.includes('x-end'));
  assert.deepEqual(seen.rawHeaders.slice(0, 2), ['host', host]);
  for (const gone of ['x-hop', 'proxy-authorization']) assert.ok(!seen.rawHeaders.includes(gone));
});

test('plain HTTP inside CONNECT is read and decided as HTTP', async () => {
  const to = `shop.test:${plain.port}`;
  const answer = await at.say(`CONNECT ${to} HTTP/1.1\r\nHost: ${to}\r\n\r\n${request(to, '/inside')}`);
  assert.match(answer, /200 Connection Established[\s\S]*HTTP\/1.1 200/);
  assert.equal(at.knocks.at(-1)?.request.scheme, 'http');
});

test('TLS is read inside CONNECT, a connection carries many requests, and each is decided', async () => {
  const to = `api.test:${secure.port}`;
  const before = at.knocks.length;
  const socket = await at.tls(to);
  socket.write(request(to, '/1').replace('Connection: close\r\n', ''));
  await once(socket, 'data');
  at.rule(({ request: { path } }) =>
    path === '/2' ? { allow: false, code: 'policy', reason: 'Two is too many.' } : allowed,
  );
  const answer = await over(socket, request(to, '/2'));
  at.rule(() => allowed);
  assert.match(answer, /^HTTP\/1.1 403[\s\S]*Deckhand: Two is too many\.\n$/);
  assert.equal(at.knocks.length, before + 2);
});

test('I6: a refused request looks no name up and connects to nobody', async () => {
  at.rule(() => ({ allow: false, code: 'no_turn', reason: 'No turn is running.' }));
  const before = at.lookups.length;
  const answer = await over(
    await at.tls('canary.test:443'),
    request('canary.test', '/', 'Accept: application/json\r\n'),
  );
  at.rule(() => allowed);
  assert.match(answer, /^HTTP\/1.1 403/);
  assert.equal(bodyOf<{ error: string }>(answer).error, 'No turn is running.');
  assert.equal(at.lookups.length, before);
});

test('addresses that nobody opened are refused, whatever the name', async () => {
  at.rule(() => ({ allow: true, opened: [] }));
  const answer = await at.say(request('rebound.test', 'http://rebound.test/'));
  at.rule(() => allowed);
  assert.match(answer, /^HTTP\/1.1 403[\s\S]*127\.0\.0\.1[\s\S]*not a public address \(loopback\)/);
});

test('I5: a secret is put on only when all else is settled, and counts as used only then', async () => {
  let puts = 0;
  const credential = {
    putOn: <T>(one: T) => {
      puts += 1;
      return one;
    },
    refused: () => {},
  };
  for (const opened of [[], allowed.allow ? allowed.opened : []]) {
    at.rule(() => ({ allow: true, opened, secret: 'TOKEN', credential }));
    const to = `api.test:${secure.port}`;
    await over(await at.tls(to), request(to));
  }
  at.rule(() => allowed);
  assert.equal(puts, 1);
  assert.deepEqual(
    at.ended.slice(-2).map(({ secret, fault }) => [secret, fault?.code ?? null]),
    [
      [null, 'address_refused'],
      ['TOKEN', null],
    ],
  );
});

test('a server name or Host header that is not the host of CONNECT is refused', async () => {
  const to = `api.test:${secure.port}`;
  const other = await at.tls(to, { servername: 'other.test' }).catch((error: Error) => error.message);
  assert.match(String(other), /does not match/);
  const socket = await at.tls(to);
  assert.match(
    await over(socket, request('other.test')),
    /^HTTP\/1.1 403[\s\S]*Host header says "other.test"/,
  );
});

test('requests in which two readers could see two requests are refused with 400', async () => {
  const to = 'api.test:80';
  const inside = (bytes: string) => at.say(`CONNECT ${to} HTTP/1.1\r\nHost: ${to}\r\n\r\n${bytes}`);
  const before = at.knocks.length;
  const rest = '\r\nConnection: close\r\n';
  for (const bytes of [
    `GET / HTTP/1.1\r\nHost: api.test\r\nHost: api.test${rest}\r\n`,
    `GET / HTTP/1.1${rest}\r\n`,
    `TRACE / HTTP/1.1\r\nHost: api.test${rest}\r\n`,
    `GET / HTTP/1.1\r\nHost: api.test\r\nConnection: Upgrade, close\r\nUpgrade: h2c\r\n\r\n`,
    `POST / HTTP/1.1\r\nHost: api.test\r\nContent-Length: 3\r\nTransfer-Encoding: chunked${rest}\r\n`,
    `POST / HTTP/1.1\r\nHost: api.test\r\nContent-Length: 3\r\nContent-Length: 4${rest}\r\nabc`,
    `POST / HTTP/1.1\r\nHost: api.test\r\nTransfer-Encoding: gzip, chunked${rest}\r\n0\r\n\r\n`,
    `GET http://other.test/ HTTP/1.1\r\nHost: api.test${rest}\r\n`,
    `GET / HTTP/1.1\r\nHost: api.test\r\nX: a\r\n b${rest}\r\n`,
    `CONNECT api.test:443 HTTP/1.1\r\nHost: api.test${rest}\r\n`,
  ]) {
    assert.match(await inside(bytes), /Established\r\n\r\nHTTP\/1\.1 400 /, bytes);
  }
  assert.match(await at.say(request('api.test', '/origin-form')), /^HTTP\/1.1 400[\s\S]*this is a proxy/);
  assert.match(await at.say(request('other.test', 'http://api.test/')), /^HTTP\/1.1 403/);
  assert.equal(at.knocks.length, before);
});

test('a certificate of nobody known, of yesterday or for another name is refused with its reason', async () => {
  for (const [host, { origin, why }] of Object.entries(faulty)) {
    const to = `${host}:${origin.port}`;
    const answer = await over(await at.tls(to), request(to));
    assert.match(answer, new RegExp(`^HTTP/1.1 502[\\s\\S]*certificate of ${host} is not valid`));
    assert.match(answer, why);
  }
});

test('bodies stream both ways and arrive whole', async () => {
  const to = `api.test:${secure.port}`;
  const socket = await at.tls(to);
  socket.write(request(to, '/big'));
  const answer = await buffer(socket);
  const chunked = answer.subarray(answer.indexOf('\r\n\r\n') + 4);
  assert.ok(chunked.length > 32 * 1024 * 1024);
  const sent = 'x'.repeat(300_000);
  const upload = `POST /up HTTP/1.1\r\nHost: ${to}\r\nConnection: close\r\nContent-Length: ${sent.length}\r\n\r\n${sent}`;
  const seen = bodyOf<{ body: string }>(
    (await over(await at.tls(to), upload)).replace(/\r\n[0-9a-f]+\r\n(?=x)/g, ''),
  );
  assert.ok(seen.body.length >= sent.length - 64);
});

test('who decides may look at the beginning of a body, which is sent on whole', async () => {
  const to = `shop.test:${plain.port}`;
  let start = '';
  at.rule(async (knock) => {
    start = createHash('sha256')
      .update(await knock.bodyStart())
      .digest('hex');
    return allowed;
  });
  const head = `POST http://${to}/ HTTP/1.1\r\nHost: ${to}\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n`;
  const socket = await at.knock();
  socket.write(head);
  const [first] = await once(socket, 'data');
  assert.match(String(first), /^HTTP\/1.1 100 Continue/);
  socket.write('hello');
  const answer = await text(socket);
  at.rule(() => allowed);
  assert.equal(bodyOf<{ body: string }>(answer).body, 'hello');
  assert.equal(start, createHash('sha256').update('hello').digest('hex'));
});

test('an answer that breaks off upstream is not passed off as a whole one', async () => {
  const to = `api.test:${secure.port}`;
  const socket = await at.tls(to);
  socket.on('error', () => {});
  socket.write(request(to, '/cut'));
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(socket, 'close');
  assert.match(Buffer.concat(chunks).toString(), /content-length: 1000[\s\S]*half$/);
});

test('I5: what a credential put on is masked where a server reflects it, over pieces and in headers', async () => {
  const to = `api.test:${secure.port}`;
  at.rule(() => ({
    ...allowed,
    allow: true,
    opened: allowed.allow ? allowed.opened : [],
    credential: {
      putOn: (one) => ({ ...one, headers: [...one.headers, ['authorization', 'Bearer abcdefghijklmnop']] }),
      refused: () => {},
    },
    redaction: prepareRedaction(['abcdefghijklmnop']),
  }));
  const reflected = await over(
    await at.tls(to),
    request(to, '/secret', 'Accept-Encoding: gzip\r\nRange: bytes=0-3\r\n'),
  );
  const echoed = bodyOf<{ rawHeaders: string[] }>(
    await over(await at.tls(to), request(to, '/', 'Accept-Encoding: gzip\r\n')),
  );
  const packed = await over(await at.tls(to), request(to, '/packed'));
  at.rule(() => allowed);
  // What is packed on the way hides it as well.
  assert.match(packed, /^HTTP\/1.1 502[\s\S]*compressed answer \(gzip, chunked\)/);
  assert.match(reflected, /x-token: \*{16}[\s\S]*token=/);
  assert.doesNotMatch(reflected, /ijklmnop/);
  assert.ok(echoed.rawHeaders.includes(`Bearer ${'*'.repeat(16)}`));
  assert.ok(!echoed.rawHeaders.includes('gzip'));
});

test('HTTP/2 is spoken with clients that offer nothing else', async () => {
  const to = `api.test:${secure.port}`;
  const both = await at.tls(to, { ALPNProtocols: ['h2', 'http/1.1'] });
  assert.equal(both.alpnProtocol, 'http/1.1');
  both.destroy();
  const only = await at.tls(to, { ALPNProtocols: ['h2'] });
  assert.equal(only.alpnProtocol, 'h2');
  const session = connectHttp2(`https://${to}`, { createConnection: () => only });
  const stream = session.request({ ':path': '/two' });
  assert.equal((JSON.parse(await text(stream)) as { url: string }).url, '/two');
  const other = session.request({ ':path': '/', ':authority': 'other.test' });
  const [headers] = await once(other, 'response');
  assert.equal((headers as Record<string, number>)[':status'], 403);
  session.destroy();
});

test('the end of a turn closes every connection, also one whose request still waits for a decision', async () => {
  const to = `api.test:${secure.port}`;
  const waiting = Promise.withResolvers<void>();
  at.rule(({ signal }) => {
    waiting.resolve();
    return new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('gone'))));
  });
  const [idle, held] = [await at.tls(to), await at.tls(to)];
  for (const socket of [idle, held]) socket.on('error', () => {});
  held.write(request(to));
  await waiting.promise;
  const closed = Promise.all([once(idle, 'close'), once(held, 'close')]);
  at.door.closeTurn();
  await closed;
  at.rule(() => allowed);
  assert.equal(at.door.connections, 0);
  // Nothing of it has left, so that it is no request that went out.
  assert.deepEqual(at.ended.at(-1)?.fault?.refused, true);
  assert.match(await over(await at.tls(to), request(to)), /^HTTP\/1.1 200/);
});
