import { DiscordAPIError, HTTPError, RateLimitError, REST, RESTEvents, type RequestData } from 'discord.js';
import { platformErrors } from '#core/chat/platform-errors.ts';
import { type DeckhandError, messageOf } from '#core/errors.ts';

export type Method = 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';

export interface DiscordCalls {
  /**
   * Calls one route. Waits out short rate limits in the route's own queue, and does nothing twice.
   * @throws {DeckhandError} as `ChatAdapter` promises
   */
  call<T>(method: Method, route: `/${string}`, data?: CallData): Promise<T>;
  /** For the gateway, which asks where to connect. */
  readonly rest: REST;
}

export interface CallData extends Pick<RequestData, 'body' | 'files' | 'query' | 'auth'> {
  /** Given up after this; what has not been sent by then is not sent. */
  withinMs?: number;
  /** What this needs, in the words of Discord's settings, for when Discord says that it is missing. */
  needs?: string;
}

export interface DiscordAccess {
  token: string;
  /** `https://discord.com/api`, or any server that speaks it. */
  apiUrl: string;
}

const errors = platformErrors('Discord');
/** A call without an answer for this long counts as unknown. */
const timeoutMs = 10_000;
/** A longer wait is the caller's: a thread is not held for it. */
const longestWaitMs = 5_000;
const usualWithinMs = 30_000;
/** "10,000 per 10 minutes" of 401, 403 and 429 are a ban (topics/rate-limits); we rest at a tenth of that. */
const invalidStep = 100;
const mostInvalid = 1_000;

/** The REST API through discord.js's own client: no retries, and its queues only for short waits. */
export function createCalls({ token, apiUrl }: DiscordAccess): DiscordCalls {
  const rest = new REST({
    api: apiUrl.replace(/\/+$/, ''),
    version: '10',
    retries: 0,
    timeout: timeoutMs,
    invalidRequestWarningInterval: invalidStep,
    rejectOnRateLimit: ({ timeToReset, retryAfter }) => Math.max(timeToReset, retryAfter) > longestWaitMs,
  }).setToken(token);
  let restUntilMs = 0;
  rest.on(RESTEvents.InvalidRequestWarning, ({ count, remainingTime }) => {
    if (count >= mostInvalid) restUntilMs = Date.now() + remainingTime;
  });

  return {
    rest,
    call: async <T>(method: Method, route: `/${string}`, data: CallData = {}): Promise<T> => {
      // Answers to interactions are not refused in these ways, and people wait for them.
      if (data.auth !== false && restUntilMs > Date.now()) throw errors.rateLimited(restUntilMs - Date.now());
      const { withinMs = usualWithinMs, needs, ...request } = data;
      const signal = AbortSignal.timeout(withinMs);
      try {
        return (await rest.request({ method: method as never, fullRoute: route, signal, ...request })) as T;
      } catch (error) {
        throw toOurs(`${method} ${generic(route)}`, error, needs);
      }
    },
  };
}

/** Discord's failures in our words. */
export function toOurs(what: string, error: unknown, needs?: string): DeckhandError {
  if (error instanceof RateLimitError) {
    return errors.rateLimited(Math.max(error.retryAfter, error.timeToReset), error);
  }
  if (error instanceof DiscordAPIError) {
    if (error.status === 401) return errors.unauthorized('it does not know DISCORD_TOKEN', error);
    if (error.status === 403 && needs) {
      return errors.refused(`I lack the permission ${needs} here (${error.code})`, error);
    }
    return errors.refused(`${what}: ${error.code} ${error.message}`, error);
  }
  if (error instanceof HTTPError) return errors.unknown(`${what}: status ${error.status}`, error);
  // What discord.js's client says once Discord has answered 401: it asks no more with that token.
  if (error instanceof Error && /Expected token/.test(error.message)) {
    return errors.unauthorized('it does not know DISCORD_TOKEN', error);
  }
  if (refusedConnection(error)) return errors.unreachable(`${what}: ${messageOf(error)}`, error);
  return errors.unknown(`${what}: no answer`, error);
}

/** Discord's code behind one of our errors, e.g. 10003. */
export function discordCodeOf(error: unknown): number | null {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof DiscordAPIError ? Number(cause.code) : null;
}

/** Nothing can have been done over a connection that never was. */
function refusedConnection(error: unknown): boolean {
  const codes = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT'];
  for (let one = error; one instanceof Error; one = one.cause) {
    if ('code' in one && codes.includes(String(one.code))) return true;
  }
  return false;
}

/** Tokens of interactions stand in their routes: they are nobody's to read. */
function generic(route: string): string {
  return route.replace(/^\/(interactions|webhooks)\/.*/, '/$1/…');
}
