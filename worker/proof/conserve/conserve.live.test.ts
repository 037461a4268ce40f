import assert from 'node:assert/strict';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { places } from '../chaos/places.ts';
import { runRounds } from './run-rounds.ts';

test('I1: of what people say on four platforms nothing is lost, doubled, misplaced or run for strangers', async (t) => {
  const told: string[] = [];
  const seeds = [9001, 9002, 9003, 9004, 9005, 9006];
  const { summary, good } = await runRounds(seeds, {
    ...{ perRound: seeds.length, messages: 5, platforms: places },
    logs: await mkdtemp(join(tmpdir(), 'deckhand-conserve-logs-')),
    stop: t.signal,
    say: (line) => told.push(line),
  });
  assert.ok(good, told.join('\n'));
  assert.deepEqual(summary, {
    ...{ seeds: 6, messages: 30 },
    ...{ lost: 0, doubled: 0, misplaced: 0, unauthorised: 0 },
  });
});
