import { isValidSlackRequest } from '@slack/bolt';
import type { Log } from '#core/log.ts';
import type { Delivery, TakeDelivery } from '../types.ts';

export interface HttpReceiverSettings {
  signingSecret: string;
  take: TakeDelivery;
  log: Log;
}

/** Slack's requests are far smaller; whoever sends more is not Slack. */
const maxBytes = 1024 * 1024;
/** A clock may run a little ahead of Slack's. */
const futureSec = 5 * 60;

/** Slack's calls over HTTP. Answers 200 only once all is committed, and nothing but 401 to who is not Slack. */
export function createHttpReceiver({ signingSecret, take, log }: HttpReceiverSettings) {
  return async (request: Request): Promise<Response> => {
    const body = await readBody(request);
    if (body === null) return new Response(null, { status: 413 });
    if (!isFromSlack(request.headers, body, signingSecret)) return new Response(null, { status: 401 });
    const delivery = read(request.headers.get('content-type') ?? '', body);
    if (!delivery) return new Response(null, { status: 400 });
    const { challenge } = delivery.body as { challenge?: unknown };
    if (typeof challenge === 'string') return Response.json({ challenge });
    try {
      const answer = await take(delivery);
      return answer ? Response.json(answer) : new Response(null, { status: 200 });
    } catch (error) {
      log.error({ err: error }, 'a delivery of Slack was not taken; it is not acknowledged');
      return new Response(null, { status: 503 });
    }
  };
}

async function readBody(request: Request): Promise<string | null> {
  if (Number(request.headers.get('content-length') ?? 0) > maxBytes) return null;
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.length;
    if (size > maxBytes) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** "v0:timestamp:body" signed with HMAC SHA-256, not older than five minutes (docs.slack.dev, verifying requests). */
function isFromSlack(headers: Headers, body: string, signingSecret: string): boolean {
  const signature = headers.get('x-slack-signature');
  const timestamp = Number(headers.get('x-slack-request-timestamp') ?? Number.NaN);
  if (!signature || !Number.isFinite(timestamp) || timestamp > Date.now() / 1000 + futureSec) return false;
  return isValidSlackRequest({
    signingSecret,
    body,
    headers: { 'x-slack-signature': signature, 'x-slack-request-timestamp': timestamp },
  });
}

/** Events are JSON; clicks a form around JSON; commands a form. */
function read(type: string, body: string): Delivery | null {
  try {
    if (type.includes('json')) return { kind: 'event', body: asObject(JSON.parse(body)) };
    const form = new URLSearchParams(body);
    const payload = form.get('payload');
    return payload === null
      ? { kind: 'command', body: Object.fromEntries(form) }
      : { kind: 'interactive', body: asObject(JSON.parse(payload)) };
  } catch {
    return null;
  }
}

function asObject(value: unknown): object {
  if (typeof value !== 'object' || value === null) throw new TypeError('not an object');
  return value;
}
