import { DeckhandError } from '#core/errors.ts';
import type { Claim, Claims } from '#core/turns/ports.ts';
import type { StopSignals } from './stop-signals.ts';

/** Why a run was cut from outside. */
export type EndOfRun = 'fenced' | 'stopped' | 'shutdown';

/** How the agent is told: by the code of the signal's reason (`AgentContext.signal`). */
const reasons: Record<EndOfRun, () => DeckhandError> = {
  fenced: () => new DeckhandError('turn.fenced', 'Another worker has taken over this turn.'),
  stopped: () => new DeckhandError('turn.cancelled', 'This turn was stopped.', { blame: 'asker' }),
  shutdown: () => new DeckhandError('worker.stopping', 'This worker is shutting down.'),
};

export interface Watch {
  /** Aborted as soon as the run must end. */
  readonly signal: AbortSignal;
  /** Why it must end; null while it may go on. */
  ended(): EndOfRun | null;
  /** Looks at once. */
  look(): void;
  stop(): void;
}

/** How often a running turn's claim is looked at. Stop arrives sooner through the live signal. */
const lookMs = 1000;

/** Watches whether a claim still stands and whether somebody wants the turn stopped. */
export function watchClaim(
  claim: Claim,
  deps: { claims: Claims; stops: StopSignals },
  shutdown: AbortSignal,
): Watch {
  const controller = new AbortController();
  let why: EndOfRun | null = null;
  const end = (reason: EndOfRun) => {
    why ??= reason;
    controller.abort(reasons[reason]());
  };
  const look = async () => {
    const { held, stopRequestedBy } = await deps.claims.standing(claim);
    if (!held) end('fenced');
    else if (stopRequestedBy) end('stopped');
  };
  // A database that does not answer is no reason to stop: its fence holds, and the next write will tell.
  const tryLook = () => void look().catch(() => {});

  const timer = setInterval(tryLook, lookMs);
  const onShutdown = () => end('shutdown');
  shutdown.addEventListener('abort', onShutdown, { once: true });
  if (shutdown.aborted) onShutdown();
  const unlisten = deps.stops.listen(claim.turnId, tryLook);

  return {
    look: tryLook,
    signal: controller.signal,
    ended: () => why,
    stop: () => {
      clearInterval(timer);
      shutdown.removeEventListener('abort', onShutdown);
      unlisten();
    },
  };
}
