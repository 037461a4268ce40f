import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { test } from 'node:test';
import { until } from '#core/testing/until.ts';
import { createHttpServer } from './server.ts';
import { readStream } from './testing/read-stream.ts';
import { openStage } from './testing/stage.ts';

test('a reader who has stopped reading is let go, with the connection; others on the same session miss nothing', async (t) => {
  const stage = await openStage(t, { worker: false });
  const server = await createHttpServer(stage.deps, 1_000);
  t.after(() => server.close(0));
  const { url, port } = await server.listen(0, '127.0.0.1');
  const { body } = await stage.call('POST', '/v1/sessions', { text: 'first' });
  const path = `/v1/sessions/${body.session.id}/stream`;

  const stuck = connect(port, '127.0.0.1');
  t.after(async () => void stuck.destroy());
  stuck.on('error', () => {}).pause();
  stuck.write(`GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${stage.key}\r\n\r\n`);
  await until(async () => (await openStreams(url, stage.key)) === 1 || null, 'the stream to be open');

  // More than the kernel takes for somebody who does not read, and more than is ever kept for a reader.
  const text = 'x'.repeat(60_000);
  for (let n = 0; n < 120; n += 1) {
    const { status } = await stage.call('POST', `/v1/threads/${body.thread}/messages`, { text });
    assert.equal(status, 200);
  }
  await until(async () => (await openStreams(url, stage.key)) === 0 || null, 'the stream to be dropped');
  await until(async () => !isOpen(port, stuck.localPort ?? 0) || null, 'the connection to be cut');

  const reader = readStream(t, `${url}${path}`, stage.key);
  let left = 121;
  await reader.until(({ data }) => data.type === 'turn.submitted' && --left === 0);
  assert.deepEqual(
    reader.events.map(({ data }) => data.seq),
    reader.events.map((_, index) => index + 1),
  );
  reader.close();
});

/** Does the kernel have the server's end of this connection open? */
function isOpen(port: number, clientPort: number): boolean {
  const hex = (number: number) => number.toString(16).toUpperCase().padStart(4, '0');
  return new RegExp(`:${hex(port)} [0-9A-F]+:${hex(clientPort)} 01 `).test(
    readFileSync('/proc/net/tcp', 'utf8'),
  );
}

async function openStreams(url: string, key: string): Promise<number> {
  const response = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${key}` } });
  return Number(/^deckhand_event_streams (\d+)$/m.exec(await response.text())?.[1] ?? Number.NaN);
}
