import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { WebSocketServer } from 'ws';
import { openLog } from '#core/log.ts';
import { startSocketReceiver } from './socket.ts';

test('a stop that comes while a connection is opened ends it, and does not wait for ever', async (t) => {
  const sockets = new WebSocketServer({ noServer: true });
  const server = createServer((_, response) => {
    const { port } = server.address() as AddressInfo;
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ ok: true, url: `ws://127.0.0.1:${port}/` }));
  });
  server.on('upgrade', (request, socket, head) =>
    sockets.handleUpgrade(request, socket, head, (opened) => sockets.emit('connection', opened, request)),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const one of sockets.clients) one.terminate();
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const receiver = startSocketReceiver({
    appToken: 'xapp-test',
    apiUrl: `http://127.0.0.1:${port}/api/`,
    take: async () => undefined,
    log: openLog('test', 'silent'),
  });
  const [opened] = await once(sockets, 'connection');
  const stopped = receiver.stop().then(() => 'stopped');
  opened.send(JSON.stringify({ type: 'hello' }));
  const late = AbortSignal.timeout(10_000);
  const tooLate = once(late, 'abort').then(() => 'still waiting');
  assert.equal(await Promise.race([stopped, tooLate]), 'stopped');
  assert.equal(receiver.connected(), false);
});
