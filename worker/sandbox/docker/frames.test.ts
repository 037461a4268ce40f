import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ExecStream } from './exec-stream.ts';
import { encodeFields, encodeFrame, FrameReader, MAX_FRAME_BYTES } from './frames.ts';

test('frames come out whole however the stream was cut', () => {
  const bytes = Buffer.concat([
    encodeFrame('S', 7, encodeFields('key', 12)),
    encodeFrame('A', 4_000_000_000, new Uint8Array()),
    encodeFrame('D', 1, Buffer.alloc(5000, 1)),
  ]);
  for (const size of [1, 2, 9, 10, 4096, bytes.length]) {
    const reader = new FrameReader();
    const seen: string[] = [];
    for (let at = 0; at < bytes.length; at += size) {
      for (const frame of reader.push(bytes.subarray(at, at + size))) {
        seen.push(`${frame.type}${frame.id}:${frame.payload.length}`);
      }
    }
    assert.deepEqual(seen, ['S7:7', 'A4000000000:0', 'D1:5000']);
  }
});

test('a frame that claims more than the limit is refused before it is held', () => {
  const header = Buffer.alloc(9);
  header.writeUInt32LE(MAX_FRAME_BYTES + 1, 5);
  assert.throws(() => [...new FrameReader().push(header)], RangeError);
});

test('an exec stream is taken apart however it was cut', () => {
  const part = (stream: number, text: string) => {
    const header = Buffer.alloc(8);
    header[0] = stream;
    header.writeUInt32BE(text.length, 4);
    return Buffer.concat([header, Buffer.from(text)]);
  };
  const bytes = Buffer.concat([part(1, 'out'), part(2, 'error'), part(1, ''), part(1, 'more')]);
  for (const size of [1, 3, 8, 11, bytes.length]) {
    const exec = new ExecStream();
    const seen = { stdout: '', stderr: '' };
    for (let at = 0; at < bytes.length; at += size) {
      for (const { stream, data } of exec.push(bytes.subarray(at, at + size))) seen[stream] += data;
    }
    assert.deepEqual(seen, { stdout: 'outmore', stderr: 'error' });
  }
});
