import assert from 'node:assert/strict';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { places } from './places.ts';
import { runSeeds } from './run-seeds.ts';

test('I1, I3, I4, I8, I9: on four platforms nothing is lost, doubled, out of order or stuck when processes are killed', async (t) => {
  const said: string[] = [];
  const { summary, good } = await runSeeds([101, 102], {
    turns: 8,
    platforms: places,
    atOnce: 2,
    logs: await mkdtemp(join(tmpdir(), 'deckhand-chaos-')),
    stop: t.signal,
    say: (line) => said.push(line),
  });
  assert.ok(good, said.join('\n'));
  const { lost, doubled_effects, doubled_posts, inversions, stuck } = summary;
  assert.deepEqual([lost, doubled_effects, doubled_posts, inversions, stuck], [0, 0, 0, 0, 0]);
});
