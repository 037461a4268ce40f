import { DeckhandError } from '#core/errors.ts';

/** Reasons to let go of a turn without touching what it has running: another worker goes on with it. */
const leavingCodes = new Set(['turn.fenced', 'worker.stopping']);

/** How a run ends before its agent is done. */
export interface Stops {
  /** People asked to stop: commands are ended, effects under way are settled, nothing new begins. */
  readonly cancel: AbortSignal;
  /** Let go: nothing is ended and nothing more is written. */
  readonly leave: AbortSignal;
  /** What ended the run, once something has. */
  failure(): unknown;
  /**
   * Ends the run with an error that must not become text for the model, and gives back what ended it first. Calls
   * beside it let go, unless people asked to stop: then each settles what it has under way.
   */
  halt(error: unknown): unknown;
  /** Waits, but no longer than the run lasts. */
  orLeave<T>(work: Promise<T>): Promise<T>;
  /** @throws what ended the run, or `turn.cancelled`. */
  check(): void;
}

/** Splits the turn's one signal into "stop it" and "let go of it" by the reason it was aborted with. */
export function createStops(signal: AbortSignal): Stops {
  const cancel = new AbortController();
  const leave = new AbortController();
  let failed: { error: unknown } | null = null;

  const stop = () => {
    const { reason } = signal;
    if (reason instanceof DeckhandError && leavingCodes.has(reason.code)) leave.abort(halt(reason));
    else cancel.abort(cancelled(reason));
  };
  const halt = (error: unknown) => {
    failed ??= { error };
    if (!cancel.signal.aborted) leave.abort(failed.error);
    return failed.error;
  };
  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop, { once: true });

  return {
    cancel: cancel.signal,
    leave: leave.signal,
    failure: () => failed?.error,
    halt,
    orLeave: (work) => orAborted(work, leave.signal),
    check() {
      if (failed) throw failed.error;
      if (cancel.signal.aborted) throw halt(cancel.signal.reason);
    },
  };
}

/** The work's result, or the signal's reason as soon as it is aborted; the work itself goes on unobserved. */
export async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const ended = Promise.withResolvers<never>();
  const end = () => ended.reject(signal.reason);
  if (signal.aborted) end();
  else signal.addEventListener('abort', end, { once: true });
  // Whoever loses the race may still reject, with nobody left to hear it.
  work.catch(() => {});
  ended.promise.catch(() => {});
  try {
    return await Promise.race([work, ended.promise]);
  } finally {
    signal.removeEventListener('abort', end);
  }
}

function cancelled(reason: unknown): DeckhandError {
  if (reason instanceof DeckhandError) return reason;
  return new DeckhandError('turn.cancelled', 'This turn was stopped.', { blame: 'asker', cause: reason });
}
