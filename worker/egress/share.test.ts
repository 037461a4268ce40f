import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { until } from '#core/testing/until.ts';
import type { Ruling } from './ports.ts';
import { Share } from './share.ts';
import { allowed, doorForTests } from './testing/door.ts';
import { httpOrigin } from './testing/origin.ts';

const burst = 600;
const deaf = 500;
const everyMs = 20;

test('so many refusals at once are free, then they are paid for one by one, and a new turn owes nothing', async () => {
  let now = 1_000;
  const share = new Share(() => now);
  for (let count = 0; count < burst; count += 1) share.charge();
  assert.equal(share.free, true);
  share.charge();
  assert.equal(share.free, false);
  now += everyMs;
  assert.equal(share.free, true);
  for (let count = 0; count <= deaf; count += 1) share.charge();
  assert.equal(share.deaf, true);
  share.forgive();
  assert.deepEqual([share.free, share.deaf], [true, false]);
});

test('who waits is heard in the order of coming; who goes away is not waited for', async () => {
  const share = new Share(() => 0);
  for (let count = 0; count <= burst; count += 1) share.charge();
  const heard: number[] = [];
  const gone = new AbortController();
  const stays = new AbortController();
  const all = [0, 1, 2].map(async (at) => {
    if (await share.enter(at === 1 ? gone.signal : stays.signal)) heard.push(at);
  });
  gone.abort();
  await Promise.all(all);
  assert.deepEqual(heard, [0, 2]);
  assert.equal(await share.enter(AbortSignal.abort()), false);
});

const origin = await httpOrigin((_request, response) => void response.end('fine'));
const [noisy, quiet] = [await doorForTests([]), await doorForTests([])];
after(() => Promise.all([noisy.close(), quiet.close(), origin.close()]));
const request = (host: string, path = '/') =>
  `GET http://${host}:${origin.port}${path} HTTP/1.1\r\nHost: ${host}:${origin.port}\r\n\r\n`;
const last = (text: string) => text.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n');
const denied: Ruling = { allow: false, code: 'policy', reason: 'not here' };

test('a flood of refused requests is looked at no faster than its share, and the door beside it serves on', async () => {
  noisy.rule(() => denied);
  const begun = performance.now();
  const floods = await Promise.all(Array.from({ length: 20 }, () => noisy.knock()));
  for (const socket of floods) {
    const more = () => socket.write(request('evil.test').repeat(10));
    socket.on('error', () => {}).on('data', more);
    more();
  }
  await until(async () => (noisy.knocks.length > burst ? true : null), 'the flood at its share');
  for (let count = 0; count < 50; count += 1)
    assert.match(await quiet.say(last(request('open.test'))), /^HTTP\/1.1 200/);
  for (const socket of floods) socket.destroy();
  const share = burst + (performance.now() - begun) / everyMs;
  // Those that were on their way when the share was used up are looked at all the same.
  const late = floods.length * 10;
  assert.ok(
    noisy.knocks.length <= share + late,
    `${noisy.knocks.length} were looked at, its share is ${share}`,
  );
});

test('after a flood the same sandbox is served again, in its next turn at once', async () => {
  noisy.rule(() => allowed);
  noisy.door.closeTurn();
  assert.equal(noisy.door.share.free, true);
  assert.match(await noisy.say(last(request('open.test'))), /^HTTP\/1.1 200/);
});

test('who floods on is broken off without a word, and nothing more is written down of it', async () => {
  const narrow = await doorForTests([], { requestsMax: 2 });
  const held = Promise.withResolvers<Ruling>();
  narrow.rule(() => held.promise);
  const waiting = await Promise.all([narrow.knock(), narrow.knock()]);
  for (const socket of waiting) socket.on('error', () => {}).write(request('slow.test'));
  await until(
    async () => (narrow.knocks.at(-1)?.request.host === 'slow.test' ? true : null),
    'those who wait',
  );
  let told = 0;
  while ((await narrow.say(last(request('evil.test')))) !== '') told += 1;
  assert.ok(told >= burst + deaf, `${told} were told why`);
  const written = narrow.ended.length;
  for (let count = 0; count < 20; count += 1) assert.equal(await narrow.say(last(request('evil.test'))), '');
  assert.equal(narrow.ended.length, written);
  held.resolve(denied);
  for (const socket of waiting) socket.destroy();
  await narrow.close();
});

test('connections that nothing is asked on are paid for, and so are greetings; those of a turn that is over are not', async (t) => {
  const other = await doorForTests([], {
    rulings: {
      decide: async () => denied,
      passThrough: async ({ host }) => (host === 'unread.test' ? { allow: true, opened: [] } : null),
    },
  });
  const { mock } = t.mock.method(other.door.share, 'charge');
  const paid = (count: number, what: string) =>
    until(async () => (mock.callCount() >= count ? true : null), `the door to be paid for: ${what}`);
  (await other.tls('open.test:443')).end();
  await paid(1, 'a greeting');
  await greetUnread(other);
  await paid(2, 'a greeting for another name');
  assert.match(await other.say('no request\r\n\r\n'), /^HTTP\/1.1 400/);
  await paid(3, 'what is no HTTP');
  assert.match(
    await other.say('CONNECT nowhere HTTP/1.1\r\nHost: nowhere\r\n\r\n'),
    /needs a host and a port/,
  );
  await paid(4, 'a tunnel to nowhere');
  assert.match(await other.say(last(request('evil.test'))), /^HTTP\/1.1 403/);
  await paid(5, 'a refusal');
  const left = await Promise.all(Array.from({ length: 10 }, () => other.knock()));
  const closed = left.map(
    (socket) => new Promise((resolve) => socket.on('error', () => {}).once('close', resolve)),
  );
  await until(async () => (other.door.connections === left.length ? true : null), 'all of them at the door');
  other.door.closeTurn();
  await Promise.all(closed);
  assert.equal(
    mock.callCount(),
    5,
    'each was paid for once, and what the turn left is not the next one’s to pay',
  );
  await other.close();
});

/** Asks a host that passes through unread for another's name. */
async function greetUnread(door: typeof noisy): Promise<void> {
  const socket = await door.knock();
  socket.write('CONNECT unread.test:443 HTTP/1.1\r\nHost: unread.test\r\n\r\n');
  await once(socket, 'readable');
  socket.read();
  const secure = connectTls({ socket, servername: 'evil.test' });
  await new Promise((resolve) => secure.on('error', () => {}).once('close', resolve));
}
