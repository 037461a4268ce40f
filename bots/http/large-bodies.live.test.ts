import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { openStage } from './testing/stage.ts';

const megabyte = 1024 * 1024;

test('a body of 7 MB is answered with 413 and words, however it is sent', async (t) => {
  const { url, key } = await openStage(t, { worker: false });
  const post = (body: RequestInit['body'], more: RequestInit & { duplex?: 'half' } = {}) =>
    fetch(`${url}/v1/threads`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body,
      ...more,
    });
  const large = JSON.stringify({ text: 'x'.repeat(7 * megabyte) });
  const chunks = async function* () {
    for (let n = 0; n < 7 * 16; n += 1) yield Buffer.alloc(64 * 1024, 'x');
  };
  for (const answer of [
    await post(large),
    await post(ReadableStream.from(chunks()), { duplex: 'half' }),
    await post(large),
  ]) {
    assert.equal(answer.status, 413);
    const problem = (await answer.json()) as { code: string; detail: string };
    assert.equal(problem.code, 'http.body_too_large');
    assert.match(problem.detail, /Send the long part as a file/);
  }
});

test('who sends all of it before they read finds the answer, and no broken pipe', async (t) => {
  const { url, key } = await openStage(t, { worker: false });
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  const faults: Error[] = [];
  socket.on('error', (fault) => faults.push(fault));
  socket.write(
    `POST /v1/threads HTTP/1.1\r\nhost: ${hostname}\r\nauthorization: Bearer ${key}\r\n` +
      `content-type: application/json\r\ncontent-length: ${7 * megabyte}\r\nconnection: close\r\n\r\n`,
  );
  const piece = Buffer.alloc(64 * 1024, 'x');
  for (let sent = 0; sent < 7 * megabyte; sent += piece.length) {
    if (!socket.write(piece)) await Promise.race([once(socket, 'drain'), once(socket, 'close')]);
  }
  let answer = '';
  for await (const chunk of socket.setEncoding('utf8')) answer += chunk;
  assert.deepEqual(faults, []);
  assert.match(answer, /^HTTP\/1\.1 413 /);
});
