import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { doorSocketName } from '#core/doors/place.ts';
import { parseRange } from '#core/policy/ranges.ts';
import { doorForTests } from '#worker/egress/testing/door.ts';
import { httpsOrigin, worldRoot } from '#worker/egress/testing/origin.ts';
import { type CallOptions, ServerConnection } from './connection.ts';
import { openDoorFetch } from './door-fetch.ts';
import { type Message, plainTool } from './testing/hostile-server.ts';

const call: CallOptions = { timeoutMs: 5_000, signal: new AbortController().signal, onProgress: () => {} };

/** A server over HTTP behind a real door; `onCall` answers calls, everything else is answered decently. */
async function reach(t: TestContext, onCall: RequestListener, onOther?: RequestListener) {
  const folder = await mkdtemp(join(tmpdir(), 'deckhand-mcp-'));
  const socketPath = join(folder, 'worker.sock');
  const door = await doorForTests([worldRoot], { workerSocket: socketPath });
  t.after(async () => {
    await door.close();
    await rm(folder, { recursive: true });
  });
  const origin = await httpsOrigin(async (request, response) => {
    if (onOther) return onOther(request, response);
    if (request.method !== 'POST') return response.writeHead(405).end();
    const message = JSON.parse((await buffer(request)).toString()) as Message;
    if (message.method === 'tools/call') return onCall(request, response);
    if (message.id === undefined) return response.writeHead(202).end();
    const capabilities = { tools: {} };
    const result =
      message.method === 'initialize'
        ? { protocolVersion: '2025-06-18', capabilities, serverInfo: { name: 'test', version: '1' } }
        : { tools: [plainTool('work')] };
    response.setHeader('content-type', 'application/json');
    return response.end(JSON.stringify({ jsonrpc: '2.0', id: message.id, result }));
  });
  t.after(() => origin.close());
  const open = () =>
    ServerConnection.open(
      {
        kind: 'http',
        url: `https://mcp.test:${origin.port}/mcp`,
        headers: { authorization: 'Bearer dh_placeholder' },
        knocking: {
          socketPath,
          connectHeaders: { 'deckhand-claim': '7' },
          authority: door.authority.pem,
        },
      },
      { timeoutMs: 5_000, signal: call.signal, onClosed: () => {} },
    );
  return { door, open, port: origin.port };
}

test('every request leaves through the door, decided before it is resolved, and says whose claim it speaks for', async (t) => {
  const { door, open } = await reach(t, (_request, response) => response.end());
  const connection = await open();
  await connection.close();
  assert.ok(door.knocks.length >= 3);
  for (const { claim, request, headers } of door.knocks) {
    assert.equal(claim, 7);
    assert.equal(request.host, 'mcp.test');
    assert.ok(headers.some(([name, value]) => name === 'authorization' && value === 'Bearer dh_placeholder'));
  }
});

test('what comes from the sandbox speaks for no claim, whatever it says', async (t) => {
  const { door, port } = await reach(t, (_request, response) => response.end());
  const knocking = {
    socketPath: join(door.folder, doorSocketName),
    connectHeaders: { 'deckhand-claim': '7' },
    authority: door.authority.pem,
  };
  const { fetch, close } = openDoorFetch(knocking, () => {});
  await fetch(`https://mcp.test:${port}/mcp`);
  await close();
  assert.deepEqual(
    door.knocks.map(({ claim }) => claim),
    [null],
  );
});

test('what the door refuses is told in its words, and counts as not done', async (t) => {
  const { door, open } = await reach(t, (_request, response) => response.end());
  door.rule(() => ({ allow: false, code: 'policy', reason: 'Policy does not allow it. Do without it.' }));
  await assert.rejects(open(), { begun: false, message: 'Policy does not allow it. Do without it.' });
  assert.deepEqual(door.lookups, []);
});

test('an answer of 100 MB is broken off', async (t) => {
  let sent = 0;
  const piece = Buffer.alloc(1024 * 1024, 'x');
  const { open } = await reach(t, (_request, response) => {
    response.setHeader('content-type', 'application/json');
    const more = () => {
      while (sent < 100 && !response.destroyed) {
        sent += 1;
        if (!response.write(piece)) return void response.once('drain', more);
      }
      response.end();
    };
    more();
  });
  const connection = await open();
  await assert.rejects(connection.call('work', {}, call), { begun: true, message: /more than 8 MiB/ });
  assert.ok(sent < 100, `${sent} MiB were sent`);
});

test('a flood of events is broken off too', async (t) => {
  const { open } = await reach(t, (_request, response) => {
    response.setHeader('content-type', 'text/event-stream');
    const more = () => {
      while (!response.destroyed) {
        if (!response.write(`data: ${'x'.repeat(65_536)}\n\n`)) return void response.once('drain', more);
      }
    };
    more();
  });
  const connection = await open();
  await assert.rejects(connection.call('work', {}, call), { begun: true, message: /more than 8 MiB/ });
});

test('a credential that the server no longer takes is told as such', async (t) => {
  const { open } = await reach(t, (_request, response) => response.writeHead(401).end('expired'));
  const connection = await open();
  await assert.rejects(connection.call('work', {}, call), {
    begun: false,
    message: /refused the credential \(401\): it is missing, has expired/,
  });
  await connection.close();
});

test('nobody is led elsewhere with a credential', async (t) => {
  const { door, open } = await reach(t, (_request, response) =>
    response.writeHead(307, { location: 'https://evil.test/mcp' }).end(),
  );
  const connection = await open();
  await assert.rejects(connection.call('work', {}, call));
  assert.ok(door.knocks.every(({ request }) => request.host === 'mcp.test'));
  await connection.close();
});

test('a server that breaks off in mid-answer may have done it', async (t) => {
  const { open } = await reach(t, (request) => request.socket.destroy());
  const connection = await open();
  await assert.rejects(connection.call('work', {}, call), { begun: true });
  await connection.close();
});

test('a server that is not there is told as what it is', async (t) => {
  const { door, open } = await reach(t, (_request, response) => response.end());
  door.rule(() => ({ allow: true, opened: [parseRange('10.0.0.0/8')] }));
  await assert.rejects(open(), { name: 'ServerFault' });
});

test('a server that has forgotten the session has done nothing', async (t) => {
  const { open } = await reach(t, (_request, response) => response.writeHead(404).end('no session'));
  const connection = await open();
  await assert.rejects(connection.call('work', {}, call), { begun: false, forgotten: true });
});
