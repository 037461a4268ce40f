import { DeckhandError } from '#core/errors.ts';

/** How a platform fails, in the words that `ChatAdapter` promises. `platform` is its name for people. */
export const platformErrors = (platform: string) => ({
  rateLimited: (retryAfterMs: number, cause?: unknown) =>
    new DeckhandError(
      'platform.rate_limited',
      `${platform} asks to wait ${Math.ceil(retryAfterMs / 1000)} s before the next call.`,
      { retryable: true, retryAfterMs, blame: 'platform', cause },
    ),
  refused: (why: string, cause?: unknown) =>
    new DeckhandError('platform.refused', `${platform} does not take this: ${why}.`, {
      blame: 'platform',
      cause,
    }),
  /** Our own right to speak is gone; once it is back, everything can be tried again. */
  unauthorized: (why: string, cause?: unknown) =>
    new DeckhandError(
      'platform.unauthorized',
      `${platform} does not accept this Deckhand: ${why}. An administrator must look at its app and tokens.`,
      { retryable: true, retryAfterMs: 30_000, blame: 'machine', cause },
    ),
  unreachable: (why: string, cause?: unknown) =>
    new DeckhandError('platform.unreachable', `${platform} cannot be reached (${why}). It is tried again.`, {
      retryable: true,
      blame: 'platform',
      cause,
    }),
  unknown: (why: string, cause?: unknown) =>
    new DeckhandError(
      'platform.unknown',
      `It is not known whether ${platform} took this (${why}). It is looked up.`,
      { retryable: true, blame: 'platform', cause },
    ),
});
