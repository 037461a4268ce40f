import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, test } from 'node:test';
import { doorForTests } from './testing/door.ts';
import { httpOrigin, worldRoot } from './testing/origin.ts';

const at = await doorForTests([worldRoot]);
const origin = await httpOrigin((_request, response) => {
  response.statusCode = 418;
  response.end('no socket here');
});
let offered: string | undefined;
origin.server.on('upgrade', (request, socket) => {
  if (request.url === '/refuse') return socket.end('HTTP/1.1 418 Teapot\r\nContent-Length: 3\r\n\r\ntea');
  offered = request.headers['sec-websocket-extensions'];
  socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nhello');
  return socket.pipe(socket);
});
after(() => Promise.all([at.close(), origin.close()]));

const upgrade = (path: string) =>
  `GET http://ws.test:${origin.port}${path} HTTP/1.1\r\nHost: ws.test:${origin.port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n`;

test('an allowed WebSocket is joined without extensions, and the end of the turn cuts it', async () => {
  const socket = await at.knock();
  socket.write(upgrade('/'));
  let seen = '';
  socket.on('data', (chunk) => {
    seen += String(chunk);
  });
  while (!seen.includes('hello')) await once(socket, 'data');
  assert.match(seen, /^HTTP\/1.1 101/);
  assert.equal(offered, undefined);
  socket.write('ping');
  while (!seen.endsWith('ping')) await once(socket, 'data');
  const closed = once(socket, 'close');
  at.door.closeTurn();
  await closed;
});

test('a refusal of an upgrade is an ordinary answer, upstream’s and ours', async () => {
  assert.match(await at.say(upgrade('/refuse')), /^HTTP\/1.1 418[\s\S]*tea$/);
  at.rule(() => ({ allow: false, code: 'policy', reason: 'Not here.' }));
  assert.match(await at.say(upgrade('/')), /^HTTP\/1.1 403[\s\S]*Not here\.\n$/);
});
