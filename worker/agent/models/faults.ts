import { APIConnectionError, APIConnectionTimeoutError, APIError } from 'openai';
import { formatDuration } from '#core/chat/duration.ts';
import { DeckhandError } from '#core/errors.ts';

/**
 * What went wrong at the model provider, in words that somebody can act on. Keys, addresses and the provider's own
 * text stay out of them; the provider's error is the cause.
 */
export function modelFault(error: unknown): DeckhandError {
  if (error instanceof DeckhandError) return error;
  const { code, message, retryable } = describe(error);
  return new DeckhandError(`model.${code}`, message, { blame: 'provider', retryable, cause: error });
}

/** How long to wait after try `nth`, in ms: what the provider asks for, else the first wait, doubled each time. */
export function retryDelayMs(error: unknown, firstWaitMs: number, nth: number): number {
  const headers = error instanceof APIError ? error.headers : undefined;
  const exact = Number(headers?.get('retry-after-ms') ?? Number.NaN);
  if (exact >= 0) return exact;
  const asked = headers?.get('retry-after');
  const seconds = asked ? Number(asked) : Number.NaN;
  if (seconds >= 0) return seconds * 1000;
  const until = asked ? Date.parse(asked) - Date.now() : Number.NaN;
  if (until >= 0) return until;
  return firstWaitMs * 2 ** (nth - 1);
}

/** The provider asks for a longer wait than anybody would sit through. */
export function tooBusyFor(waitMs: number, cause: unknown): DeckhandError {
  const message = `The model provider takes no more requests for the next ${formatDuration(waitMs)} (429). Ask again after that.`;
  return new DeckhandError('model.rate_limited', message, { blame: 'provider', retryable: false, cause });
}

/** The provider was silent for too long. */
export function timeOut(silenceMs: number): DeckhandError {
  const message = `The model provider was silent for ${Math.round(silenceMs / 1000)} s. Ask again; if it stays so, an administrator must look at the provider.`;
  return new DeckhandError('model.timeout', message, { blame: 'provider', retryable: false });
}

interface Fault {
  code: 'unauthorised' | 'rate_limited' | 'unavailable' | 'rubbish' | 'too_long' | 'timeout' | 'refused';
  message: string;
  retryable: boolean;
}

const unauthorised: Fault = {
  code: 'unauthorised',
  message: 'The model provider refused the key; an administrator must check OPENAI_API_KEY.',
  retryable: false,
};
const noCredit: Fault = {
  code: 'rate_limited',
  message: "The model provider's account has no credit left; an administrator must look at its billing.",
  retryable: false,
};
const rateLimited: Fault = {
  code: 'rate_limited',
  message:
    'The model provider takes no more requests for now (429), also after waiting. Ask again in a minute.',
  retryable: true,
};
const unreachable: Fault = {
  code: 'unavailable',
  message:
    'The model provider cannot be reached. Ask again in a minute; if it stays so, an administrator must check OPENAI_BASE_URL and the network.',
  retryable: true,
};
const brokeOff: Fault = {
  code: 'unavailable',
  message:
    'The connection to the model provider broke in the middle of its answer, also when asked again. Ask again in a minute.',
  retryable: true,
};
const tooLong: Fault = {
  code: 'too_long',
  message: 'This thread has become too long for the model. Start a new thread, or ask for less at once.',
  retryable: false,
};
const unknownModel: Fault = {
  code: 'refused',
  message:
    'The model provider does not know this model or address (404); an administrator must check OPENAI_MODEL, OPENAI_BASE_URL and OPENAI_API.',
  retryable: false,
};
const rubbish: Fault = {
  code: 'rubbish',
  message:
    'The model provider answered with something that is no model answer. Ask again; if it stays so, an administrator must check OPENAI_BASE_URL and OPENAI_API.',
  retryable: false,
};
const timedOut: Fault = {
  code: 'timeout',
  message: 'The model provider did not answer in time. Ask again in a minute.',
  retryable: false,
};

/** Codes that come inside a stream, or with a status that says less. */
const byCode: Record<string, Fault> = {
  invalid_api_key: unauthorised,
  insufficient_quota: noCredit,
  rate_limit_exceeded: rateLimited,
  context_length_exceeded: tooLong,
  string_above_max_length: tooLong,
  model_not_found: unknownModel,
  server_error: unavailable(null),
};

function describe(error: unknown): Fault {
  if (error instanceof APIConnectionTimeoutError) return timedOut;
  if (error instanceof Error && error.message === 'terminated') return brokeOff;
  if (error instanceof APIConnectionError || isBrokenConnection(error)) return unreachable;
  if (!(error instanceof APIError)) return rubbish;
  const known = error.code ? byCode[error.code] : undefined;
  return known ?? byStatus(error.status, `${error.message}`);
}

function byStatus(status: number | undefined, text: string): Fault {
  if (status === 401 || status === 403) return unauthorised;
  if (status === 404) return unknownModel;
  if (status === 408) return timedOut;
  if (status === 429) return rateLimited;
  if (status === 413 || (status === 400 && /context (length|window|size)|too (long|many tokens)/i.test(text)))
    return tooLong;
  if (status !== undefined && status >= 500) return unavailable(status);
  if (status === undefined) return rubbish;
  const message = `The model provider refused the request (HTTP ${status}); an administrator must check OPENAI_MODEL and OPENAI_API, the details are in the log.`;
  return { code: 'refused', message, retryable: false };
}

/** Other server errors than these do not pass by waiting. */
const passing = new Set([500, 502, 503]);

function unavailable(status: number | null): Fault {
  const code = status === null ? '' : ` (HTTP ${status})`;
  const message = `The model provider has a fault of its own${code}. Ask again in a minute.`;
  return { code: 'unavailable', message, retryable: status === null || passing.has(status) };
}

/** Fetch's own errors; it says `terminated` when an answer broke off in the middle. */
function isBrokenConnection(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { cause } = error;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  return /^(ECONN|EPIPE|ENOTFOUND|EAI_AGAIN|UND_ERR)/.test(code);
}
