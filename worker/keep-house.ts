import type { Approvals } from '#core/approvals/ports.ts';
import type { Log } from '#core/log.ts';
import type { Claims } from '#core/turns/ports.ts';
import type { Sandboxes } from './sandbox/port.ts';

interface HouseDeps {
  workerId: string;
  claims: Claims;
  approvals: Approvals;
  sandboxes: Sandboxes;
  /** Which of these sessions still exist. */
  known(sessionIds: string[]): Promise<Set<string>>;
  /** Rings under an id of its own, which no wake that a dead process holds can swallow. */
  ringAnew(sessionId: string): Promise<void>;
  log: Log;
}

const beatMs = 2_000;
const sweepMs = 2_000;
const reapMs = 30_000;

/** What every worker does beside turns: its heartbeat, the sweep of silent workers and late questions, the reaper. */
export function keepHouse(deps: HouseDeps): () => void {
  const every = (ms: number, name: string, work: () => Promise<void>) => {
    let busy = false;
    return setInterval(async () => {
      if (busy) return;
      busy = true;
      await work().catch((error) => deps.log.warn({ err: error }, `${name} failed; it is tried again`));
      busy = false;
    }, ms);
  };
  const timers = [
    every(beatMs, 'heartbeat', () => deps.claims.beat(deps.workerId)),
    every(sweepMs, 'sweep', async () => {
      await deps.approvals.expire();
      for (const sessionId of await deps.claims.sweep()) await deps.ringAnew(sessionId);
    }),
    every(reapMs, 'reaper', async () => {
      const gone = await deps.sandboxes.reap(deps.known);
      if (gone > 0) deps.log.info({ gone }, 'sandboxes cleared away');
    }),
  ];
  return () => {
    for (const timer of timers) clearInterval(timer);
  };
}
