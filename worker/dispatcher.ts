import type { Bell } from '#core/live/ports.ts';
import type { Log } from '#core/log.ts';
import type { Claim, Claims } from '#core/turns/ports.ts';

export interface Dispatcher {
  /** The claims that are worked on here, by `claimKey`. */
  atWork(): ReadonlySet<string>;
  /** Resolves when every slot has let go of its turn. */
  stop(): Promise<void>;
}

interface DispatchDeps {
  workerId: string;
  slots: number;
  claims: Claims;
  bell: Bell;
  log: Log;
  run(claim: Claim, shutdown: AbortSignal): Promise<void>;
}

/** A turn that is given back may be claimed again here before its first run is over: each claim counts for itself. */
export function claimKey({ turnId, epoch }: Pick<Claim, 'turnId' | 'epoch'>): string {
  return `${turnId}/${epoch}`;
}

/** Wait after a claim that failed, before the bell is heard again. */
const retryMs = 500;
/** A claim that is not answered by then is given up: what it may have claimed all the same is found and given back. */
const claimMs = 15_000;

/**
 * Takes a wake only when a slot is free; the slot then claims the fairest turn, runs it, and claims again until there
 * is none, before it listens once more.
 */
export function startDispatcher(deps: DispatchDeps): Dispatcher {
  const shutdown = new AbortController();
  const busy = new Set<Promise<void>>();
  const atWork = new Set<string>();

  async function work(first: Claim): Promise<void> {
    let claim: Claim | null = first;
    while (claim) {
      const key = claimKey(claim);
      atWork.add(key);
      await deps.run(claim, shutdown.signal).finally(() => atWork.delete(key));
      claim = shutdown.signal.aborted ? null : await tryClaim();
    }
  }

  async function tryClaim(): Promise<Claim | null> {
    try {
      return await inTime(deps.claims.claim(deps.workerId));
    } catch (error) {
      deps.log.warn({ err: error }, 'no claim: the database did not answer');
      await new Promise((resolve) => setTimeout(resolve, retryMs));
      return null;
    }
  }

  async function listen(): Promise<void> {
    while (!shutdown.signal.aborted) {
      if (busy.size >= deps.slots) {
        await Promise.race(busy);
        continue;
      }
      const claim = await tryClaim();
      if (claim) {
        const slot = work(claim).finally(() => busy.delete(slot));
        busy.add(slot);
        continue;
      }
      // A slot that ends has found nothing to claim, so only the bell can bring more.
      await deps.bell.next(shutdown.signal);
    }
  }

  const listening = listen();
  return {
    atWork: () => atWork,
    stop: async () => {
      shutdown.abort();
      await listening;
      await Promise.all(busy);
    },
  };
}

/** @throws when the answer does not come; it may never, from a connection that was cut off without a word. */
async function inTime<T>(work: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`no answer within ${claimMs} ms`)), claimMs);
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
