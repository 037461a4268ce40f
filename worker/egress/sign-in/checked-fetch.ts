import type { FetchLike } from '@modelcontextprotocol/sdk/shared/transport.js';
import { fetch } from 'undici';
import { DeckhandError, messageOf } from '#core/errors.ts';
import { decide, type PolicyLayers } from '#core/policy/decide.ts';
import { canonicalRequest } from '#core/policy/request.ts';
import { checkedAddresses } from '../addresses.ts';
import type { DoorOptions } from '../door.ts';
import { Upstreams } from '../upstreams.ts';

/** What one answer of an authorization server may hold, in bytes, and how long it may take. */
const maxAnswerBytes = 256 * 1024;
const patienceMs = 10_000;

export type Network = Pick<DoorOptions, 'lookup' | 'own' | 'trust'>;

/**
 * A fetch for what strangers name in their metadata: https alone, refused where policy denies, its addresses checked as
 * a sandbox's are (non-public ones only where policy allows the host) and then connected to, no redirect followed unseen,
 * its answer bounded. Other failures than those of
 * the other side are thrown as `DeckhandError`.
 */
export function checkedFetch(network: Network, layers: PolicyLayers): FetchLike & { close(): void } {
  const upstreams = new Upstreams(network.trust, patienceMs);
  const checked: FetchLike = async (given, init) => {
    const url = new URL(given);
    if (url.protocol !== 'https:') throw failed(url, 'is not https, and credentials never travel otherwise');
    const { host: authority, pathname, search } = url;
    const method = init?.method ?? 'GET';
    const request = canonicalRequest({ method, scheme: 'https', authority, target: pathname + search });
    const policy = decide(request, layers);
    if (policy.effect === 'deny') throw failed(url, `is not to be reached: ${policy.reason}`);
    // What asks about a host opens nothing of the network inside for it: nobody is asked here.
    const opened = policy.effect === 'allow' ? policy.opened : [];
    const addresses = await checkedAddresses(request.host, opened, network.own(), network.lookup);
    const more = {
      redirect: 'manual' as const,
      dispatcher: upstreams.to(request, addresses),
      signal: AbortSignal.timeout(patienceMs),
    };
    try {
      const answer = await fetch(url, { ...init, ...more } as Parameters<typeof fetch>[1]);
      const body = await bounded(answer.body);
      const { status, statusText } = answer;
      const headers = [...answer.headers] as [string, string][];
      const empty = status === 204 || status === 304;
      return new Response(empty ? null : body, { status, statusText, headers });
    } catch (error) {
      if (error instanceof DeckhandError) throw error;
      const { cause } = error as Error;
      throw failed(url, `did not answer: ${messageOf(cause ?? error)}`, true);
    }
  };
  return Object.assign(checked, { close: () => upstreams.destroy() });
}

async function bounded(body: AsyncIterable<Uint8Array> | null): Promise<Buffer<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of body ?? []) {
    length += part.byteLength;
    if (length > maxAnswerBytes)
      throw new DeckhandError('sign_in_failed', 'It answered more than 256 KiB, which was broken off.');
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function failed({ origin }: URL, why: string, retryable = false): DeckhandError {
  return new DeckhandError('sign_in_failed', `${origin} ${why}.`, { blame: 'provider', retryable });
}
