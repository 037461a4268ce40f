import { messageOf } from '#core/errors.ts';
import { Refused } from './refused.ts';

/** What went wrong on the far side, in words. `host` is shown. */
export function upstreamFault(error: unknown, host: string): Refused {
  if (error instanceof Refused) return error;
  const code = codeOf(error);
  if (/CERT|ALTNAME|SIGNATURE|ISSUER/.test(code)) {
    return new Refused(
      502,
      'upstream_certificate',
      `The certificate of ${host} is not valid (${code}: ${messageOf(error)}). Deckhand never goes on without; if its issuer is an internal one, an administrator can add it to the trusted authorities.`,
      error,
    );
  }
  if (/TIMEOUT|ETIMEDOUT/.test(code)) {
    return new Refused(
      504,
      'upstream_silent',
      `${host} did not answer in time (${code}). Try again later.`,
      error,
    );
  }
  return new Refused(
    502,
    'upstream_failed',
    `${host} could not be reached or broke off (${code || messageOf(error)}).`,
    error,
  );
}

/** Where several addresses were tried, the first one's failure speaks for all. */
function codeOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0]);
  return error instanceof Error && 'code' in error ? String(error.code ?? '') : '';
}
