import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { parseRange, rangeHolds } from '#core/policy/ranges.ts';
import { prepareRedaction } from '#core/secrets/redact/redaction.ts';
import { ownAddresses } from './addresses.ts';
import { allowed, doorForTests } from './testing/door.ts';
import { httpOrigin } from './testing/origin.ts';

const at = await doorForTests([], { connectionsMax: 4, requestsMax: 2 });
const origin = await httpOrigin((request, response) => {
  if (request.url === '/407') response.statusCode = 407;
  if (request.url === '/gzip') response.setHeader('content-encoding', 'gzip');
  if (request.url === '/silent') return;
  response.setHeader('alt-svc', 'h3=":443"');
  response.setHeader('X-Deckhand-Refusal', 'sign_in_ended');
  response.end(request.url === '/gzip' ? gzipSync('abcdefghijklmnop') : 'fine');
});
after(() => Promise.all([at.close(), origin.close()]));

const get = (path: string, port = origin.port) =>
  `GET http://shop.test:${port}${path} HTTP/1.1\r\nHost: shop.test:${port}\r\nConnection: close\r\n\r\n`;

test('connections and requests over the limit are turned away with words; the others are unharmed', async () => {
  const open = await Promise.all([at.knock(), at.knock(), at.knock(), at.knock()]);
  assert.match(await at.say(get('/')), /^HTTP\/1.1 503[\s\S]*too many connections/);
  const [first, second, third] = open;
  assert.ok(first && second && third);
  const held = Promise.withResolvers<void>();
  let waiting = 0;
  const bothWait = new Promise<void>((resolve) => {
    at.rule(async () => {
      waiting += 1;
      if (waiting === 2) resolve();
      await held.promise;
      return allowed;
    });
  });
  first.write(get('/'));
  second.write(get('/'));
  await bothWait;
  third.write(get('/'));
  assert.match(String((await once(third, 'data'))[0]), /^HTTP\/1.1 503[\s\S]*2 requests under way/);
  const answers = Promise.all([once(first, 'data'), once(second, 'data')]);
  held.resolve();
  for (const [answer] of await answers) assert.match(String(answer), /^HTTP\/1.1 200/);
  at.rule(() => allowed);
  const closed = Promise.all(open.map((socket) => socket.destroyed || once(socket.destroy(), 'close')));
  await closed;
});

test('a server that never answers is given up with words, and the connection goes on', async () => {
  const patient = await doorForTests([], { silenceMs: 300 });
  try {
    assert.match(await patient.say(get('/silent')), /^HTTP\/1.1 504[\s\S]*shop\.test did not answer in time/);
    assert.match(await patient.say(get('/')), /^HTTP\/1.1 200/);
    assert.deepEqual(
      patient.ended.map(({ fault, traffic }) => [fault?.code ?? null, traffic.status]),
      [
        ['upstream_silent', 504],
        [null, 200],
      ],
    );
  } finally {
    await patient.close();
  }
});

test('this machine’s own addresses are refused, whatever policy opens', async () => {
  const own = await doorForTests([], { own: () => [parseRange('127.0.0.0/8')] });
  try {
    assert.match(await own.say(get('/')), /^HTTP\/1.1 403[\s\S]*127\.0\.0\.1/);
  } finally {
    await own.close();
  }
  for (const { address } of Object.values(networkInterfaces()).flatMap((found) => found ?? [])) {
    assert.ok(ownAddresses().some((range) => rangeHolds(range, address.replace(/%.*$/, ''))));
  }
});

test('what an answer says of other ways out, or as if it were the door, is dropped, and one that plays the proxy is refused', async () => {
  const answer = await at.say(get('/'));
  assert.match(answer, /^HTTP\/1.1 200/);
  assert.doesNotMatch(answer, /alt-svc|x-deckhand/i);
  assert.match(await at.say(get('/407')), /^HTTP\/1.1 502[\s\S]*answered as a proxy/);
});

test('I5: an answer that hides its text from masking is refused', async () => {
  at.rule(() => ({ ...allowed, redaction: prepareRedaction(['abcdefghijklmnop']) }) as typeof allowed);
  assert.match(await at.say(get('/gzip')), /^HTTP\/1.1 502[\s\S]*compressed answer \(gzip\)/);
  at.rule(() => allowed);
});

test('an upload to a server that is not there still gets its answer', async () => {
  const closed = await httpOrigin(() => {});
  await closed.close();
  const body = 'x'.repeat(200_000);
  const post = get('/', closed.port)
    .replace('GET', 'POST')
    .replace('\r\n\r\n', `\r\nContent-Length: ${body.length}\r\n\r\n`);
  assert.match(
    await at.say(post + body),
    /^HTTP\/1.1 502[\s\S]*shop\.test could not be reached[\s\S]*ECONNREFUSED/,
  );
});

test('provisional answers without end, and an upgrade that nobody asked for, are refused', async () => {
  for (const [bytes, why] of [
    ['HTTP/1.1 102 Processing\r\n\r\n'.repeat(50), /provisional answers without end/],
    ['HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n', /broke off/],
  ] as const) {
    const server = createServer((socket) =>
      socket.on('error', () => {}).once('data', () => socket.write(bytes)),
    );
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    assert.ok(address && typeof address === 'object');
    const answer = await at.say(get('/', address.port));
    server.close();
    assert.match(answer, /^HTTP\/1.1 502/);
    assert.match(answer, why);
  }
});
