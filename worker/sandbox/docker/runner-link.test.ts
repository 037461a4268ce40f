import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { encodeFrame } from './frames.ts';
import { LinkClosed, RunnerLink } from './runner-link.ts';

/** What an engine sends of an exec's standard output (Engine API, "Stream format"). */
function printed(data: Buffer): Buffer {
  const header = Buffer.from([1, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUInt32BE(data.length, 4);
  return Buffer.concat([header, data]);
}

function linkOver() {
  const stream = new PassThrough();
  // What the worker writes is not read back.
  stream.write = () => true;
  const say = (data: Buffer) => void stream.push(printed(data));
  return { link: RunnerLink.begin(stream, 70_000), say };
}

const closedWith = (pattern: RegExp) => (error: unknown) =>
  error instanceof LinkClosed && pattern.test(error.message) && !/rubbish/.test(error.message);

test('what the engine says in place of the runner is the reason, not a frame', async () => {
  const { link, say } = linkOver();
  const asked = link.converse('F', ['key']);
  say(Buffer.from('OCI runtime exec failed: container is not running\u202e\r\n'));
  await assert.rejects(asked, closedWith(/^OCI runtime exec failed: container is not running<U\+202E>$/));
  assert.equal(link.closed, true);
});

test('a runner that has spoken and then speaks rubbish is said to have', async () => {
  const { link, say } = linkOver();
  const first = link.converse('F', ['one']);
  say(encodeFrame('N', 1, Buffer.alloc(0)));
  assert.equal((await first).type, 'N');
  const second = link.converse('F', ['two']);
  say(Buffer.from('no frame at all'));
  await assert.rejects(second, /the runner spoke rubbish/);
});
