import { DeckhandError } from '#core/errors.ts';

/**
 * Does a call of the engine that must end within `ms`; the signal that it is given ends the request behind it.
 * @throws {DeckhandError} `sandbox.unavailable` when it did not
 */
export async function within<T>(
  ms: number,
  what: string,
  call: (abortSignal: AbortSignal) => Promise<T>,
): Promise<T> {
  const stop = new AbortController();
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    reject(lateError(what, ms));
    stop.abort();
  }, ms);
  const answer = call(stop.signal);
  // What comes after the deadline is nobody's.
  answer.catch(() => {});
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}

function lateError(what: string, ms: number): DeckhandError {
  return new DeckhandError(
    'sandbox.unavailable',
    `The Docker engine did not answer within ${Math.ceil(ms / 1000)} s (${what}). Check its load and that \`docker info\` answers, then try again.`,
    { retryable: true, blame: 'machine' },
  );
}
