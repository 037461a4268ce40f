import { createHmac } from 'node:crypto';
import { isObject, type Json } from '../json.ts';
import type { Answer, Envelope, Transport } from './delivery.ts';

/** How requests are signed; a test passes a wrong secret or an old moment to forge one. */
export interface Signing {
  secret: string;
  /** Seconds since 1970: the app compares them with its own clock, so not with the twin's. */
  atSec?: number;
}

/**
 * The headers that prove a request to be Slack's: "v0", the timestamp and the body, joined by colons, signed with
 * HMAC SHA-256 (docs.slack.dev/authentication/verifying-requests-from-slack).
 */
export function signatureOf(body: string, { secret, atSec = Math.floor(Date.now() / 1000) }: Signing) {
  const hash = createHmac('sha256', secret).update(`v0:${atSec}:${body}`).digest('hex');
  return { 'x-slack-request-timestamp': String(atSec), 'x-slack-signature': `v0=${hash}` };
}

/** The body of a request in the shape of its kind: JSON, a form, or a form around JSON. */
export function bodyOf({ kind, payload }: Pick<Envelope, 'kind' | 'payload'>): {
  type: string;
  body: string;
} {
  if (kind === 'events_api') return { type: 'application/json', body: JSON.stringify(payload) };
  const form = new URLSearchParams(
    kind === 'interactive'
      ? { payload: JSON.stringify(payload) }
      : Object.entries(payload).map(([key, value]): [string, string] => [key, String(value)]),
  );
  return { type: 'application/x-www-form-urlencoded', body: form.toString() };
}

const parse = (text: string): Json => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};

/** Sends to a request URL; throws unless the app echoes the challenge of `url_verification`. */
export async function connectHttp(url: string, signing: Signing): Promise<Transport> {
  const post = (
    kind: Envelope['kind'],
    payload: Envelope['payload'],
    extra: Record<string, string>,
    signal?: AbortSignal,
  ) => {
    const { type, body } = bodyOf({ kind, payload });
    const headers = {
      'content-type': type,
      'user-agent': 'Slackbot 1.0',
      ...signatureOf(body, signing),
      ...extra,
    };
    return fetch(url, { method: 'POST', headers, body, signal });
  };

  const challenge = 'is-anybody-there';
  const echo = await post('events_api', { type: 'url_verification', token: 'twin', challenge }, {});
  const said = parse(await echo.text());
  if (!echo.ok || (isObject(said) ? said.challenge : said) !== challenge)
    throw new Error(`${url} did not echo the challenge (status ${echo.status})`);

  return {
    connected: () => true,
    close: async () => undefined,
    send: async (envelope, ack, signal): Promise<Answer> => {
      const retry: Record<string, string> =
        envelope.attempt > 0
          ? {
              'x-slack-retry-num': String(envelope.attempt),
              'x-slack-retry-reason': envelope.retryReason ?? '',
            }
          : {};
      const response = await post(envelope.kind, envelope.payload, retry, signal);
      const noRetry = response.headers.get('x-slack-no-retry') === '1';
      if (!response.ok) return { acknowledged: false, reason: 'http_error', noRetry };
      await ack();
      const text = await response.text();
      return { acknowledged: true, body: text === '' ? undefined : parse(text) };
    },
  };
}
