import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import type { Approvals } from '#core/approvals/ports.ts';
import type { Bell } from '#core/live/ports.ts';
import { openLog } from '#core/log.ts';
import { standIn } from '#core/testing/stand-in.ts';
import type { Claims } from '#core/turns/ports.ts';
import { keepHouse } from './keep-house.ts';
import type { Sandboxes } from './sandbox/port.ts';

const never = new Promise<never>(() => {});

/** A house whose clock the test moves; `broken` fails or hangs. Gives how often each thing was done. */
async function houseAfter(
  ms: number,
  broken: { expire?: Promise<never>; held?: Promise<never>; beat?: Promise<never> },
) {
  const done = { beats: 0, sweeps: 0, rings: 0, expiries: 0, looks: 0 };
  mock.timers.enable({ apis: ['setInterval', 'Date'] });
  const leave = keepHouse({
    ...{ workerId: 'wrk_1', host: 'here', slots: 1, atWork: () => new Set<string>() },
    known: async () => new Set<string>(),
    claims: standIn<Claims>({
      beat: () => {
        done.beats += 1;
        return broken.beat ?? Promise.resolve();
      },
      held: () => {
        done.looks += 1;
        return broken.held ?? Promise.resolve([]);
      },
      sweep: async () => {
        done.sweeps += 1;
        return ['ses_1'];
      },
    }),
    approvals: standIn<Approvals>({
      expire: () => {
        done.expiries += 1;
        return broken.expire ?? Promise.resolve([]);
      },
    }),
    archive: null,
    erase: async () => 0,
    sandboxes: standIn<Sandboxes>({ reap: async () => 0 }),
    bell: standIn<Bell>({
      ring: async () => {
        done.rings += 1;
      },
    }),
    log: openLog('test', 'silent'),
  });
  try {
    for (let at = 0; at < ms; at += 1_000) {
      mock.timers.tick(1_000);
      await setImmediate();
    }
  } finally {
    leave();
    mock.timers.reset();
  }
  return done;
}

test("I1: what fails or hangs beside it does not keep a dead worker's turns from being swept", async () => {
  const failing = Promise.reject(new Error('no'));
  failing.catch(() => {});
  const done = await houseAfter(10_000, { expire: failing, held: never });
  assert.deepEqual([done.sweeps, done.rings, done.beats, done.expiries], [5, 5, 5, 5]);
});

test('I1: a heartbeat whose answer never comes is sent again, so that the worker is not taken for dead for ever', async () => {
  const done = await houseAfter(40_000, { beat: never });
  assert.equal(done.beats, 3);
});
