import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Standing } from '#core/secrets/leases.ts';
import { TurnWatch } from './turn-watch.ts';

const standing = (turnId: string, epoch: number): Standing => ({
  sessionId: 'ses_1',
  turnId,
  epoch,
  author: { userId: 'usr_ana', name: 'Ana' },
  workspaceId: 'wsp_1',
  leased: [],
  shared: false,
});

function openWatch() {
  const truth: { now: Standing | null; asked: number; over: number; vault: string[] } = {
    now: null,
    asked: 0,
    over: 0,
    vault: [],
  };
  const watch = new TurnWatch(
    'ses_1',
    {
      standings: {
        of: async () => {
          truth.asked += 1;
          return truth.now;
        },
        placeholders: async () => new Map(),
      },
      policies: { layersFor: async () => [] },
      secrets: { visibleTo: async () => [] },
      vault: { open: async (id) => id, used: async () => {} },
      renewals: { troubled: async () => new Set() },
    },
    () => {
      truth.over += 1;
    },
  );
  return { watch, truth };
}

test('without a running turn nothing passes; many requests at once ask once', async () => {
  const { watch, truth } = openWatch();
  const answers = await Promise.all(Array.from({ length: 50 }, () => watch.now()));
  assert.deepEqual([new Set(answers), truth.asked], [new Set([null]), 1]);
});

test('I8: what a worker has said is over stays over, whatever the database still says; its next claim counts', async () => {
  const { watch, truth } = openWatch();
  truth.now = standing('trn_1', 3);
  assert.equal((await watch.standing())?.epoch, 3);
  watch.end({ sessionId: 'ses_1', turnId: 'trn_1', epoch: 3 });
  assert.equal(await watch.standing(), null);
  truth.now = standing('trn_1', 4);
  watch.forget();
  assert.equal((await watch.standing())?.epoch, 4);
});

test('the end of a turn that nobody told of is noticed, and another turn is not taken for it', async () => {
  const { watch, truth } = openWatch();
  truth.now = standing('trn_1', 1);
  await watch.standing();
  truth.now = standing('trn_2', 2);
  assert.equal((await watch.standing(0))?.turnId, 'trn_2');
  assert.equal(truth.over, 1);
  truth.now = null;
  assert.equal(await watch.standing(0), null);
  assert.equal(truth.over, 2);
});
