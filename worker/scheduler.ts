import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '#core/log.ts';
import type { Clockwork } from '#core/schedules/ports.ts';

export interface SchedulerDeps {
  clockwork: Clockwork;
  log: Log;
  now?: () => Date;
  tickMs?: number;
}

/** Schedules moved in one transaction: small, so that many processes share a flood. */
const batch = 200;
/** A clock that is set back by less is left alone: it will be there again soon. */
const setBackMs = 5_000;
const draftLifeMs = 24 * 3_600_000;
const historyLifeMs = 90 * 24 * 3_600_000;
const housekeepingMs = 3_600_000;

/**
 * The clock of schedules: one tick for all of them, whatever their number; any number of processes may tick. It makes
 * firings; the bots role hands them in as turns (`bots/firings.ts`).
 */
export function startScheduler({ clockwork, log, now = () => new Date(), tickMs = 1_000 }: SchedulerDeps): {
  stop(): Promise<void>;
} {
  const stopping = new AbortController();
  let last = now().getTime();
  let tidied = 0;

  async function tick(): Promise<void> {
    const at = now();
    if (at.getTime() < last - setBackMs) {
      const moved = await clockwork.rewind(at);
      log.warn({ moved }, 'the clock was set back; schedules wait for the right moment again');
    }
    last = at.getTime();
    while (!stopping.signal.aborted && (await clockwork.advance(at, batch)) === batch);
    while (!stopping.signal.aborted && (await clockwork.settle(at, batch)) === batch);
    if (Math.abs(at.getTime() - tidied) > housekeepingMs) {
      await clockwork.forgetDrafts(new Date(at.getTime() - draftLifeMs));
      await clockwork.forgetHistory(new Date(at.getTime() - historyLifeMs));
      tidied = at.getTime();
    }
  }

  const loop = (async () => {
    while (!stopping.signal.aborted) {
      await tick().catch((error) => log.warn({ err: error }, 'schedules wait; the tick is tried again'));
      await sleep(tickMs, undefined, { signal: stopping.signal }).catch(() => {});
    }
  })();
  return {
    stop: async () => {
      stopping.abort();
      await loop;
    },
  };
}
