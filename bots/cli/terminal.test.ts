import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readEvents } from './read-events.ts';
import { shownText } from './terminal.ts';

test('foreign text cannot steer the terminal', () => {
  assert.equal(shownText('a\u001b[2Jb\r\u0007c\u009bd\u202ee\n\tf'), 'a�[2Jb��c�d�e\n\tf');
});

test('events are read whole, however their bytes are cut', async () => {
  const text =
    'retry: 1000\n\nid: 7\nevent: event\ndata: {"text":"ä: b"}\n\n: still here\n\nevent: status\ndata: null\n\n';
  const bytes = new TextEncoder().encode(text);
  for (const size of [1, 3, 7, bytes.length]) {
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (let at = 0; at < bytes.length; at += size) controller.enqueue(bytes.slice(at, at + size));
        controller.close();
      },
    });
    assert.deepEqual(await Array.fromAsync(readEvents(body)), [
      { id: '7', event: 'event', data: { text: 'ä: b' } },
      { id: null, event: 'status', data: null },
    ]);
  }
});
