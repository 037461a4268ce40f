import { APIConnectionError, APIConnectionTimeoutError, APIError } from 'openai';
import { formatDuration } from '#core/chat/duration.ts';
import { DeckhandError } from '#core/errors.ts';
import { openaiWords, type ProviderWords } from './provider.ts';

/**
 * What went wrong at a model provider, in words that somebody can act on. Keys, addresses and the provider's own text
 * stay out of them; the provider's error is the cause.
 */
export function modelFault(error: unknown, words: ProviderWords = openaiWords): DeckhandError {
  if (error instanceof DeckhandError) return error;
  const { code, message, retryable } = describe(error, wordings(words));
  return new DeckhandError(`model.${code}`, message, { blame: 'provider', retryable, cause: error });
}

/** How long to wait after try `nth`, in ms: what the provider asks for, else the first wait, doubled each time. */
export function retryDelayMs(error: unknown, firstWaitMs: number, nth: number): number {
  const headers = answerOf(error)?.headers;
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
export function tooBusyFor(waitMs: number, cause: unknown, { label }: ProviderWords): DeckhandError {
  const message = `${label} takes no more requests for the next ${formatDuration(waitMs)} (429). Ask again after that.`;
  return new DeckhandError('model.rate_limited', message, { blame: 'provider', retryable: false, cause });
}

/** The provider was silent for too long. */
export function timeOut(silenceMs: number, { label }: ProviderWords): DeckhandError {
  const message = `${label} was silent for ${Math.round(silenceMs / 1000)} s. Ask again; if it stays so, an administrator must look at the provider.`;
  return new DeckhandError('model.timeout', message, { blame: 'provider', retryable: false });
}

interface Fault {
  code: 'unauthorised' | 'rate_limited' | 'unavailable' | 'rubbish' | 'too_long' | 'timeout' | 'refused';
  message: string;
  retryable: boolean;
}

type Wordings = ReturnType<typeof wordings>;

/** Every fault, as it is told of one provider. */
function wordings({ label, key, address, model }: ProviderWords) {
  const where = address === 'OPENAI_BASE_URL' ? `${address} and OPENAI_API` : address;
  const fault = (code: Fault['code'], message: string, retryable = false): Fault => ({
    code,
    message,
    retryable,
  });
  return {
    unauthorised: fault('unauthorised', `${label} refused the key; an administrator must check ${key}.`),
    noCredit: fault(
      'rate_limited',
      `${label}: the account has no credit left; an administrator must look at its billing.`,
    ),
    rateLimited: fault(
      'rate_limited',
      `${label} takes no more requests for now (429), also after waiting. Ask again in a minute.`,
      true,
    ),
    unreachable: fault(
      'unavailable',
      `${label} cannot be reached. Ask again in a minute; if it stays so, an administrator must check ${address} and the network.`,
      true,
    ),
    brokeOff: fault(
      'unavailable',
      `${label}: the connection broke in the middle of its answer, also when asked again. Ask again in a minute.`,
      true,
    ),
    tooLong: fault(
      'too_long',
      'This thread has become too long for the model. Start a new thread, or ask for less at once.',
    ),
    unknownModel: fault(
      'refused',
      `${label} does not know this model or address (404); an administrator must check ${model}, ${where}.`,
    ),
    rubbish: fault(
      'rubbish',
      `${label} answered with something that is no model answer. Ask again; if it stays so, an administrator must check ${where}.`,
    ),
    timedOut: fault('timeout', `${label} did not answer in time. Ask again in a minute.`),
    refused: (status: number) =>
      fault(
        'refused',
        `${label} refused the request (HTTP ${status}); an administrator must check ${model} and ${where}, the details are in the log.`,
      ),
    unavailable: (status: number | null) =>
      fault(
        'unavailable',
        `${label} has a fault of its own${status === null ? '' : ` (HTTP ${status})`}. Ask again in a minute.`,
        status === null || passing.has(status),
      ),
  };
}

/** Codes that come inside a stream, or with a status that says less. */
const byCode: Record<string, (say: Wordings) => Fault> = {
  invalid_api_key: (say) => say.unauthorised,
  insufficient_quota: (say) => say.noCredit,
  rate_limit_exceeded: (say) => say.rateLimited,
  rate_limit_error: (say) => say.rateLimited,
  overloaded_error: (say) => say.unavailable(null),
  context_length_exceeded: (say) => say.tooLong,
  string_above_max_length: (say) => say.tooLong,
  model_not_found: (say) => say.unknownModel,
  server_error: (say) => say.unavailable(null),
};

function describe(error: unknown, say: Wordings): Fault {
  if (error instanceof APIConnectionTimeoutError) return say.timedOut;
  if (error instanceof Error && error.message === 'terminated') return say.brokeOff;
  if (error instanceof APIConnectionError || isBrokenConnection(error)) return say.unreachable;
  const answer = answerOf(error);
  if (!answer) return say.rubbish;
  const known = answer.code === undefined ? undefined : byCode[answer.code];
  return known ? known(say) : byStatus(answer.status, answer.text, say);
}

function byStatus(status: number | undefined, text: string, say: Wordings): Fault {
  if (status === 401 || status === 403) return say.unauthorised;
  if (status === 404) return say.unknownModel;
  if (status === 408) return say.timedOut;
  if (status === 429) return say.rateLimited;
  if (status === 413 || (status === 400 && /context (length|window|size)|too (long|many tokens)/i.test(text)))
    return say.tooLong;
  if (status !== undefined && status >= 500) return say.unavailable(status);
  return status === undefined || status < 400 ? say.rubbish : say.refused(status);
}

/** Other server errors than these do not pass by waiting. */
const passing = new Set([500, 502, 503, 529]);

/** What a provider answered instead of a model's words. */
interface BadAnswer {
  status: number | undefined;
  code: string | undefined;
  text: string;
  headers: Headers | undefined;
}

/** From the error of OpenAI's client, or from one of the AI SDK's: known by its shape, its package is optional. */
function answerOf(error: unknown): BadAnswer | null {
  if (error instanceof APIError) {
    const { status, code, message, headers } = error;
    return { status, code: code ?? undefined, text: message, headers };
  }
  if (!(error instanceof Error) || error.name !== 'AI_APICallError') return null;
  const { statusCode, responseHeaders, responseBody, data } = error as {
    statusCode?: number;
    responseHeaders?: Record<string, string>;
    responseBody?: string;
    data?: { error?: { code?: unknown; type?: unknown } };
  };
  const named = [data?.error?.code, data?.error?.type].find(
    (one) => typeof one === 'string' && one in byCode,
  );
  return {
    // Without a status the connection itself failed; `isBrokenConnection` has looked before.
    status: statusCode,
    code: named as string | undefined,
    text: `${error.message} ${responseBody ?? ''}`,
    headers: new Headers(responseHeaders ?? {}),
  };
}

/** Fetch's own errors, also where a client wraps them; it says `terminated` when an answer broke off in the middle. */
function isBrokenConnection(error: unknown): boolean {
  for (let one: unknown = error, depth = 0; one instanceof Error && depth < 5; one = one.cause, depth += 1) {
    const code = 'code' in one ? String(one.code) : '';
    if (/^(ECONN|EPIPE|ENOTFOUND|EAI_AGAIN|UND_ERR)/.test(code)) return true;
  }
  return false;
}
