import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type EventSink, openEventStreams } from './sse.ts';

const unexpected = (fault: unknown) => assert.fail(String(fault));

test('a reader that does not read is dropped once it is a mebibyte behind, and costs no more than that', async () => {
  const streams = openEventStreams(unexpected);
  const opened = Promise.withResolvers<EventSink>();
  const response = streams.open(async (sink) => {
    opened.resolve(sink);
    await new Promise((resolve) => sink.closed.addEventListener('abort', resolve));
  });
  const sink = await opened.promise;
  let sent = 0;
  for (; sent < 1000 && !sink.closed.aborted; sent += 1) sink.send('event', 'x'.repeat(10_000), sent);
  assert.ok(sink.closed.aborted);
  assert.ok(sent < 130, `${sent} events were kept`);
  sink.send('event', 'nothing more', 1000);
  assert.doesNotMatch(await response.text(), /nothing more/);
});

test('what may be lost is left out while the reader is behind, what may not is kept', async () => {
  const streams = openEventStreams(unexpected);
  const response = streams.open(async (sink) => {
    sink.offer('answer', 'first words');
    for (let n = 0; n < 10; n += 1) sink.send('event', 'x'.repeat(10_000), n);
    sink.offer('answer', 'late words');
    sink.send('event', 'the end', 10);
  });
  const text = await response.text();
  assert.match(text, /first words/);
  assert.doesNotMatch(text, /late words/);
  assert.match(text, /id: 10\nevent: event\ndata: "the end"/);
});

test('whoever waits for room sends a slow reader all there is, however much, and is let go when the reader leaves', async () => {
  const streams = openEventStreams(unexpected);
  let sent = 0;
  const response = streams.open(async (sink) => {
    for (; sent < 400 && !sink.closed.aborted; sent += 1) {
      await sink.room();
      sink.send('event', 'x'.repeat(10_000), sent);
    }
  });
  assert.ok(sent < 20, `${sent} events were made for somebody who has read none`);
  const text = await response.text();
  assert.equal(text.match(/^id: /gm)?.length, 400);

  const gone = Promise.withResolvers<void>();
  const left = streams.open(async (sink) => {
    while (!sink.closed.aborted) {
      await sink.room();
      sink.send('event', 'x'.repeat(10_000));
    }
    gone.resolve();
  });
  await left.body?.cancel();
  await gone.promise;
});

test('a fault of the feeder is reported and ends the stream', async () => {
  const faults: unknown[] = [];
  const streams = openEventStreams((fault) => faults.push(fault));
  const response = streams.open(async () => {
    throw new Error('broken');
  });
  await response.text();
  assert.equal(faults.length, 1);
});
