import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Bell } from '#core/live/ports.ts';
import { openLog } from '#core/log.ts';
import { standIn } from '#core/testing/stand-in.ts';
import type { Claim, Claims } from '#core/turns/ports.ts';
import { startDispatcher } from './dispatcher.ts';

test('I1: a turn claimed again before its first run is over stays at work when that run ends', async () => {
  const claims = [1, 2].map(
    (epoch): Claim => ({ turnId: 'trn_1', sessionId: 'ses_1', workerId: 'wrk_1', epoch }),
  );
  const ends = [1, 2].map(() => Promise.withResolvers<void>());
  const bothRun = Promise.withResolvers<void>();
  const firstIsOver = Promise.withResolvers<void>();
  let asked = 0;
  const dispatcher = startDispatcher({
    workerId: 'wrk_1',
    slots: 2,
    claims: standIn<Claims>({
      claim: async () => {
        // The slot whose run has ended asks for more: its claim is off the list by then.
        asked += 1;
        if (asked === 3) firstIsOver.resolve();
        return claims.shift() ?? null;
      },
    }),
    bell: standIn<Bell>({
      next: (signal: AbortSignal) =>
        new Promise((done) => signal.addEventListener('abort', () => done(null))),
    }),
    log: openLog('test', 'silent'),
    run: ({ epoch }) => {
      if (epoch === 2) bothRun.resolve();
      return ends[epoch - 1]?.promise ?? Promise.resolve();
    },
  });
  await bothRun.promise;
  ends[0]?.resolve();
  await firstIsOver.promise;
  assert.equal(
    dispatcher.atWork().size,
    1,
    'the second claim was taken for lost, and given back under its run',
  );
  ends[1]?.resolve();
  await dispatcher.stop();
  assert.equal(dispatcher.atWork().size, 0);
});
