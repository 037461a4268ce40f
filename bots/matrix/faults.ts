import { platformErrors } from '#core/chat/platform-errors.ts';
import { messageOf } from '#core/errors.ts';

const errors = platformErrors('Matrix');
/** What a homeserver that names no time is given. */
const patienceMs = 5_000;

/** What the homeserver said no with: `M_FORBIDDEN`, `M_LIMIT_EXCEEDED`, …; null when it said nothing. */
export function errcodeOf(error: unknown): string | null {
  const fault = (error as { cause?: unknown }).cause ?? error;
  const { errcode } = fault as { errcode?: unknown };
  return typeof errcode === 'string' ? errcode : null;
}

/**
 * Makes a call and gives its failure in our words. A write whose answer never came may have happened.
 * @throws {DeckhandError} as `ChatAdapter.send`
 */
export async function attempt<T>(kind: 'read' | 'write', call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw faultOf(kind, error);
  }
}

function faultOf(kind: 'read' | 'write', error: unknown): Error {
  const { statusCode } = error as { statusCode?: number };
  const errcode = errcodeOf(error);
  // `retry_after_ms` and 429: spec.matrix.org, client-server API, "Rate limiting".
  if (errcode === 'M_LIMIT_EXCEEDED' || statusCode === 429) {
    const { retryAfterMs } = error as { retryAfterMs?: number };
    return errors.rateLimited(retryAfterMs ?? patienceMs, error);
  }
  if (errcode === 'M_UNKNOWN_TOKEN' || errcode === 'M_MISSING_TOKEN') {
    return errors.unauthorized('its access token is not valid (any more)', error);
  }
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return errors.refused(`${errcode ?? statusCode}, ${messageOf(error)}`, error);
  }
  const why = statusCode === undefined ? messageOf(error) : `status ${statusCode}`;
  return kind === 'write' ? errors.unknown(why, error) : errors.unreachable(why, error);
}
