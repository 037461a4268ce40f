import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Fault } from '../chaos/faults.ts';
import { places } from '../chaos/places.ts';
import { openDice } from '../chaos/random.ts';
import { planRound } from './plan.ts';
import { type Fate, writeDeeds } from './script.ts';

/** As `npm run conserve -- --seeds 200` goes through them. */
const rounds = [1, 26, 51, 76, 101, 126, 151, 176];

test('I1: two hundred seeds bring every fault there is', () => {
  const planned = rounds.flatMap((first) => planRound(openDice(first), places));
  const kinds: Record<Fault['kind'], true> = {
    ...{ 'kill-worker': true, 'kill-bots': true, 'pause-worker': true, 'cut-database': true },
    ...{ 'truncate-queue': true, 'drop-queue': true, 'platform-down': true, 'lost-answer': true },
  };
  assert.deepEqual([...new Set(planned.map(({ kind }) => kind))].sort(), Object.keys(kinds).sort());
});

test('I1: two hundred seeds say everything that people say, on every platform, up to four times', () => {
  const deeds = Array.from({ length: 200 }, (_, n) =>
    writeDeeds(n + 1, openDice(n + 1), { count: 5, platforms: places }),
  ).flat();
  for (const platform of places) {
    const here = deeds.filter((deed) => deed.platform === platform);
    const fates = new Set(here.map(({ fate }) => fate));
    const all: Fate[] = ['answered', 'answered-or-withdrawn', 'ignored', 'refused'];
    assert.deepEqual([...fates].sort(), all, platform);
    assert.ok(
      here.some(({ amended }) => amended?.text === null),
      `deleted on ${platform}`,
    );
    assert.ok(
      here.some(({ amended }) => amended?.text),
      `edited on ${platform}`,
    );
    assert.ok(
      here.some(({ asks }) => asks),
      `asked on ${platform}`,
    );
    assert.deepEqual([...new Set(here.map(({ againMs }) => againMs.length))].sort(), [0, 1, 2, 3], platform);
  }
});
