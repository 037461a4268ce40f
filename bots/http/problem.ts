import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { DeckhandError } from '#core/errors.ts';
import type { Log } from '#core/log.ts';

/** A problem document (RFC 9457). `code` is Deckhand's own and stable, `detail` says what happened and what to do. */
export const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    code: z.string(),
  })
  .openapi('Problem');

const statuses: Record<string, ContentfulStatusCode> = {
  'request.invalid': 400,
  'auth.required': 401,
  'auth.refused': 401,
  'auth.link_spent': 401,
  'auth.cross_site': 403,
  'auth.not_allowed': 403,
  'auth.scope': 403,
  'auth.wrong': 401,
  'auth.locked': 429,
  'auth.busy': 503,
  'user.last_owner': 409,
  'account.login_taken': 409,
  'http.too_many': 429,
  'queue.full': 429,
  'asker.not_allowed': 403,
  'session.too_long': 422,
  'version.unknown': 404,
  'approval.no_always': 400,
  'approval.not_yours': 403,
  not_found: 404,
  'approval.settled': 409,
  'turn.ended': 409,
  'turn.begun': 409,
  'turn.elsewhere': 409,
  'steer.unknown': 404,
  'steer.not_yours': 403,
  'steer.too_late': 409,
  'steer.nothing_runs': 409,
  'message.too_long': 413,
  'file.too_large': 413,
  'http.body_too_large': 413,
  'http.host_refused': 421,
  'message.empty': 422,
  'template.changed': 409,
  'template.invalid': 422,
  'template.unknown': 404,
  'schedule.not_found': 404,
  'schedule.not_yours': 403,
  'schedule.too_many': 409,
  'schedule.past': 409,
  'schedule.unclear': 422,
  'schedule.wrong': 422,
  'schedule.incomplete': 422,
  'schedule.not_understood': 422,
  'schedule.cron_invalid': 422,
  'schedule.never': 422,
  'schedule.too_often': 422,
  'schedule.zone_unknown': 422,
  'join.administers': 409,
  'join.busy': 409,
  'join.has_secrets': 409,
  'join.unknown': 404,
  'identity.unknown': 404,
  'identity.only': 409,
  'identity.console': 409,
  'user.own_data': 409,
  'file.missing': 404,
  'disk.full': 507,
  secret_invalid: 400,
  env_invalid: 400,
  secret_changed: 409,
  secret_link_spent: 410,
  sign_in_link_spent: 410,
  sign_in_unknown: 404,
  sign_in_failed: 422,
  policy_invalid: 400,
  policy_changed: 409,
  policy_missing: 404,
  proposal_settled: 409,
};

const titles: Partial<Record<number, string>> = {
  400: 'This request cannot be read',
  401: 'Sign in first',
  403: 'Not allowed',
  404: 'Not found',
  409: 'Too late',
  410: 'This link is spent',
  413: 'Too large',
  421: 'Wrong address',
  422: 'This cannot be used',
  429: 'Too often',
  500: 'Deckhand failed',
  503: 'Not available just now',
  507: 'The disk is full',
};

/** Answers with the problem document of anything thrown; what is nobody's fault but ours is logged. */
export function problemResponse(c: Context, fault: unknown, log: Log): Response {
  const error = problemOf(fault);
  const status = statuses[error.code] ?? (error.retryable ? 503 : 500);
  if (status >= 500) log.error({ err: fault, path: c.req.path, code: error.code }, 'request failed');
  const body: z.infer<typeof Problem> = {
    type: `urn:deckhand:problem:${error.code}`,
    title: titles[status] ?? 'Deckhand failed',
    status,
    detail: error.message,
    code: error.code,
  };
  const headers: Record<string, string> = { 'content-type': 'application/problem+json' };
  if (error.retryAfterMs !== null) headers['retry-after'] = `${Math.ceil(error.retryAfterMs / 1000)}`;
  return c.json(body, status, headers);
}

/** Anything thrown as what people may read of it. */
export function problemOf(fault: unknown): DeckhandError {
  if (fault instanceof DeckhandError) return fault;
  if (fault instanceof HTTPException && fault.status < 500) {
    return new DeckhandError('request.invalid', `${fault.message || 'The request cannot be read'}.`);
  }
  // Foreign messages may hold what people must not see; the log has them.
  return new DeckhandError(
    'deckhand.failed',
    'Something failed inside Deckhand. Its log says what; try again.',
  );
}

/** For what is not there, and for what this person may not know to be there. */
export function notFound(what: string): DeckhandError {
  return new DeckhandError(
    'not_found',
    `There is no such ${what} here. It may have another id, or not be yours.`,
  );
}
