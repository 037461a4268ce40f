import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { test } from 'node:test';
import { checkPort, prepareHome } from './preflight.ts';

test('a taken port is said with who has it and what to change', async (t) => {
  const server = createServer().listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await assert.rejects(checkPort('127.0.0.1', port), (error: Error) => {
    assert.match(error.message, new RegExp(`Port ${port} is taken by process ${process.pid} \\(.*node.*\\)`));
    assert.match(error.message, /DECKHAND_PORT/);
    return true;
  });
});

test('an address that is not this machine is said so', async () => {
  await assert.rejects(checkPort('192.0.2.1', 0), { code: 'port.unusable', message: /EADDRNOTAVAIL/ });
});

test('a home that cannot be made is said with the setting to change', () => {
  assert.throws(() => prepareHome('/dev/null/deckhand'), { code: 'home.unusable', message: /DECKHAND_HOME/ });
});
