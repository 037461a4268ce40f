import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEdits } from './edits.ts';
import { editField, type MatrixEvent } from './types.ts';

const event = (count: number): MatrixEvent => ({
  ...{ type: 'm.room.message', event_id: '$1', sender: '@b:s', origin_server_ts: 0, content: {} },
  unsigned: { 'm.relations': { 'm.replace': { content: { [editField]: count } } } },
});

test('a checklist that changes every second for a day is edited at most 60 times, 10 s apart, and at its end', async () => {
  let nowMs = 1_000_000;
  const edits = createEdits({ event: async () => event(0) }, () => nowMs);
  const made: number[] = [];
  for (let second = 0; second < 86_400; second += 1) {
    nowMs += 1_000;
    const count = await edits.place('!r', '$1', false, false);
    if (count === null) continue;
    edits.made('$1', count);
    made.push(nowMs);
  }
  const gaps = made.slice(1).map((at, index) => at - (made[index] ?? 0));
  assert.ok(Math.min(...gaps) >= 10_000);
  assert.equal(made.length, 50);
  for (let urgent = 0; urgent < 20; urgent += 1) {
    const count = await edits.place('!r', '$1', true, false);
    if (count === null) continue;
    edits.made('$1', count);
    made.push(nowMs);
  }
  assert.equal(made.length, 60);
});

test('another process goes on counting where the last edit stands', async () => {
  const edits = createEdits({ event: async () => event(59) });
  assert.equal(await edits.place('!r', '$1', true, false), 60);
  edits.made('$1', 60);
  assert.equal(await edits.place('!r', '$1', true, false), null);
});

test('while the homeserver asks for patience only what is urgent is edited', async () => {
  const edits = createEdits({ event: async () => event(0) });
  assert.equal(await edits.place('!r', '$1', false, true), null);
  assert.equal(await edits.place('!r', '$1', true, true), 1);
});
