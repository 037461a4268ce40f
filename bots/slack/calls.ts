import { webApi } from '@slack/bolt';
import { platformErrors } from '#core/chat/platform-errors.ts';
import type { DeckhandError } from '#core/errors.ts';
import { createPacer, type LaneRules } from './pacer.ts';

export type Client = webApi.WebClient;

export interface SlackCalls {
  /**
   * Calls one method. Waits out rate limits up to `maxWaitMs`, and does nothing else twice: whoever calls knows whether
   * a call may be repeated. @throws {DeckhandError} as `ChatAdapter` promises
   */
  call<T>(lane: CallLane, perform: (client: Client) => Promise<T>): Promise<T>;
  /** Gets a file's content with the bot's token. */
  download(url: string, signal: AbortSignal): Promise<Response>;
}

export interface CallLane {
  /** Slack limits each method by itself. */
  method: string;
  /** Posts are limited by channel as well, and keep their order there. */
  channel?: string;
  maxWaitMs?: number | undefined;
  /** Looked at before the call is made; false: it is not made, and fails with `call.unwanted`. */
  wanted?: () => boolean;
}

export interface SlackAccess {
  botToken: string;
  apiUrl: string;
  /**
   * Posts a second in one channel. Left out: 1, as "chat.postMessage generally allows posting one message per second
   * per channel" (docs.slack.dev/apis/web-api/rate-limits).
   */
  postsPerSecond?: number;
}

const errors = platformErrors('Slack');
/** A call without an answer for this long counts as unknown. */
const timeoutMs = 10_000;
const usualWaitMs = 60_000;

/** Usually what Slack says in its answers is enough. */
const calling: LaneRules = { inOrder: false };
/** Calls take now longer, now shorter to Slack: paced to the second some would be early, and told to wait a whole one. */
const margin = 1.05;
/**
 * What comes in crowds is paced as Slack counts it: reactions.remove is "Tier 2: 20+ per minute"
 * (docs.slack.dev/apis/web-api/rate-limits). No more 👀 are set than can be taken away again.
 */
const reacting: LaneRules = { inOrder: false, perSecond: 20 / 60 / margin, burst: 18 };
const paced: Record<string, LaneRules> = { 'reactions.add': reacting, 'reactions.remove': reacting };

/** Slack says no in a way that our app or token must be mended for; afterwards the same call may work. */
const ownFaults = new Set([
  ...['account_inactive', 'invalid_auth', 'not_authed', 'token_expired', 'token_revoked'],
  ...['missing_scope', 'no_permission', 'not_allowed_token_type', 'org_login_required', 'ekm_access_denied'],
]);
/** Slack failed, perhaps after it had done what was asked. */
const slackFaults = new Set(['internal_error', 'fatal_error', 'request_timeout', 'service_unavailable']);

/** The Web API: one client without retries and queues of its own, and a lane for each limit of Slack's. */
export function createCalls({ botToken, apiUrl, postsPerSecond = 1 }: SlackAccess): SlackCalls {
  const client = new webApi.WebClient(botToken, {
    slackApiUrl: apiUrl.endsWith('/') ? apiUrl : `${apiUrl}/`,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: timeoutMs,
    logger: silent,
  });
  const pacer = createPacer();
  const posting: LaneRules = { inOrder: true, perSecond: postsPerSecond / margin, burst: 3 };

  return {
    call: ({ method, channel, maxWaitMs = usualWaitMs, wanted }, perform) => {
      const attempt = () => perform(client).catch((error) => Promise.reject(toOurs(method, error)));
      const lane = channel === undefined ? method : `${method} ${channel}`;
      const rules = channel === undefined ? (paced[method] ?? calling) : posting;
      return pacer.run(lane, rules, { maxWaitMs, wanted }, attempt);
    },
    download: (url, signal) =>
      fetch(url, { headers: { authorization: `Bearer ${botToken}` }, signal, redirect: 'follow' }),
  };
}

/** Slack's failures in our words. */
export function toOurs(method: string, error: unknown): DeckhandError {
  if (error instanceof webApi.WebAPIRateLimitedError)
    return errors.rateLimited(error.retryAfter * 1000, error);
  if (error instanceof webApi.WebAPIPlatformError) {
    const { error: code, needed } = error.data as { error: string; needed?: string };
    if (code === 'ratelimited') return errors.rateLimited(1000, error);
    if (slackFaults.has(code)) return errors.unknown(`${method}: ${code}`, error);
    const why = needed ? `${code}, the scope ${needed} is missing` : code;
    return ownFaults.has(code)
      ? errors.unauthorized(`${method}: ${why}`, error)
      : errors.refused(`${method}: ${why}`, error);
  }
  if (error instanceof webApi.WebAPIHTTPError) {
    return error.statusCode === 429
      ? errors.rateLimited(1000, error)
      : errors.unknown(`${method}: status ${error.statusCode}`, error);
  }
  const cause = error instanceof webApi.WebAPIRequestError ? error.original : error;
  return refusedConnection(cause)
    ? errors.unreachable(`${method}: connection refused`, error)
    : errors.unknown(`${method}: no answer`, error);
}

/** Slack's code behind one of our errors, e.g. `already_reacted`. */
export function slackCodeOf(error: unknown): string | null {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof webApi.WebAPIPlatformError ? cause.data.error : null;
}

/** Nothing can have been done over a connection that never was. */
function refusedConnection(error: unknown): boolean {
  const codes = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT'];
  for (let one = error; one instanceof Error; one = one.cause) {
    if ('code' in one && codes.includes(String(one.code))) return true;
  }
  return false;
}

const nothing = () => undefined;
const silent = {
  ...{ debug: nothing, info: nothing, warn: nothing, error: nothing, setLevel: nothing, setName: nothing },
  getLevel: () => 'error' as never,
};
