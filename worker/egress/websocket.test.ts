import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, test } from 'node:test';
import { prepareRedaction } from '#core/secrets/redact/redaction.ts';
import { allowed, doorForTests } from './testing/door.ts';
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

test('I5: what a server sends is masked within its frames, and no frame waits for the next one', async () => {
  const secret = 'tk7f3a9c51e04b8d';
  at.rule(() => ({ ...allowed, redaction: prepareRedaction([secret]) }) as typeof allowed);
  const socket = await at.knock();
  socket.setEncoding('latin1');
  const frame = (text: string) =>
    text.length < 126
      ? `\x81${String.fromCharCode(text.length)}${text}`
      : `\x81\x7e${String.fromCharCode(text.length >> 8, text.length & 255)}${text}`;
  let seen = '';
  socket.on('data', (text: string) => {
    seen += text;
  });
  const waitFor = async (text: string) => {
    while (!seen.includes(text)) await once(socket, 'data');
  };
  // What stands there before the first frame: its 101 bytes are the rest of a frame that began with "he".
  socket.write(upgrade('/'));
  await waitFor(' 101 ');
  socket.write(`${'.'.repeat(101 - 'llo'.length)}`, 'latin1');
  for (const text of [secret.slice(0, 9), `[${secret}]`, 'tk', 'x'.repeat(300), secret.slice(0, 2)]) {
    socket.write(frame(text), 'latin1');
    await waitFor(frame(text.replace(secret, '*'.repeat(secret.length))));
  }
  socket.destroy();
  at.rule(() => allowed);
});

test('a refusal of an upgrade is an ordinary answer, upstream’s and ours', async () => {
  assert.match(await at.say(upgrade('/refuse')), /^HTTP\/1.1 418[\s\S]*tea$/);
  at.rule(() => ({ allow: false, code: 'policy', reason: 'Not here.' }));
  assert.match(await at.say(upgrade('/')), /^HTTP\/1.1 403[\s\S]*Not here\.\n$/);
});
