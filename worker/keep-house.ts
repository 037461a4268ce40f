import type { Approvals } from '#core/approvals/ports.ts';
import type { Bell } from '#core/live/ports.ts';
import type { Log } from '#core/log.ts';
import type { Claims } from '#core/turns/ports.ts';
import { claimKey } from './dispatcher.ts';
import type { Sandboxes } from './sandbox/port.ts';

interface HouseDeps {
  workerId: string;
  claims: Claims;
  approvals: Approvals;
  sandboxes: Sandboxes;
  /** Which of these sessions still exist. */
  known(sessionIds: string[]): Promise<Set<string>>;
  host: string;
  slots: number;
  bell: Bell;
  /** Moves logs to the archive that nobody has used for long; gives how many. Null: never. */
  archive: (() => Promise<number>) | null;
  /** Goes on with what is to be erased; gives how many people's data is gone now. */
  erase(): Promise<number>;
  /** The claims that this process works on, by `claimKey`. */
  atWork(): ReadonlySet<string>;
  log: Log;
}

const beatMs = 2_000;
const sweepMs = 2_000;
const reapMs = 30_000;
const archiveMs = 60_000;
const eraseMs = 5_000;
const ringsPerSweep = 16;

/** What has not answered by then is asked anew: a connection that was cut off without a word may never answer. */
const patienceMs = (everyMs: number) => Math.max(15_000, 4 * everyMs);

/**
 * What every worker does beside turns: its heartbeat, the sweep of silent workers, lost claims, late questions, the
 * reaper, the archive, erasures. Each on its own: what fails or hangs in one keeps back no other, or nobody would return a dead worker's turns.
 */
export function keepHouse(deps: HouseDeps): () => void {
  const every = (ms: number, name: string, work: () => Promise<void>) => {
    let since: number | null = null;
    return setInterval(async () => {
      const now = Date.now();
      if (since !== null && now - since < patienceMs(ms)) return;
      since = now;
      await work().catch((error) => deps.log.warn({ err: error }, `${name} failed; it is tried again`));
      if (since === now) since = null;
    }, ms);
  };
  let unknown = new Set<string>();
  /** A claim whose answer was lost on its way is held by us and run by nobody: seen twice, it is given back (I1). */
  const giveBackLost = async () => {
    const lost = (await deps.claims.held(deps.workerId)).filter(
      (claim) => !deps.atWork().has(claimKey(claim)),
    );
    for (const claim of lost.filter((one) => unknown.has(claimKey(one)))) {
      deps.log.warn({ turn: claim.turnId }, 'a claim whose answer was lost is given back');
      await deps.claims.release(claim);
    }
    unknown = new Set(lost.map(claimKey));
  };
  const timers = [
    every(beatMs, 'heartbeat', () => deps.claims.beat(deps.workerId, deps.host, deps.slots)),
    every(sweepMs, 'giving back of lost claims', giveBackLost),
    every(sweepMs, 'closing of late questions', async () => void (await deps.approvals.expire())),
    every(sweepMs, 'sweep', async () => {
      // Those who are free also look by themselves; who is busy claims when done. More rings would only cost.
      for (const sessionId of (await deps.claims.sweep()).slice(0, ringsPerSweep))
        await deps.bell.ring(sessionId);
    }),
    every(reapMs, 'reaper', async () => {
      const gone = await deps.sandboxes.reap(deps.known);
      if (gone > 0) deps.log.info({ gone }, 'sandboxes cleared away');
    }),
    every(archiveMs, 'archiving', async () => {
      const archived = (await deps.archive?.()) ?? 0;
      if (archived > 0) deps.log.info({ archived }, 'logs of idle sessions are archived');
    }),
    every(eraseMs, 'erasure', async () => {
      const erased = await deps.erase();
      if (erased > 0) deps.log.info({ erased }, "people's data is erased, as was asked for");
    }),
  ];
  return () => {
    for (const timer of timers) clearInterval(timer);
  };
}
