import fc from 'fast-check';
import { arbitraryOf, type Schema } from './arbitrary.ts';

interface Operation {
  operationId: string;
  parameters?: { name: string; in: 'path' | 'query' | 'header'; required?: boolean; schema: Schema }[];
  requestBody?: { content: Record<string, { schema: Schema }> };
}

export interface OpenApi {
  paths: Record<string, Record<string, Operation>>;
  components?: { schemas?: Record<string, Schema> };
}

export interface Fuzzed {
  requests: number;
  /** How many answers had each status. */
  statuses: Record<string, number>;
  /** Requests answered with 500 or more, or not at all. */
  failures: string[];
}

interface Sent {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string | null;
}

/** Streams do not end by themselves: they are cut after their first bytes. */
const isStream = (operationId: string) => operationId.endsWith('Stream');

/** Ends what the fuzzer lives by: its own key, its own role. */
const leftOut = new Set(['postSignOut']);

/**
 * Sends requests that the document describes, and some that it does not, to every operation in turn. `seed` makes a run
 * again what it was; `known` are ids that exist.
 */
export async function fuzz(
  document: OpenApi,
  {
    url,
    key,
    requests,
    seed,
    known,
  }: { url: string; key: string; requests: number; seed: number; known: string[] },
): Promise<Fuzzed> {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, { operationId }]) => !leftOut.has(operationId))
      .map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  );
  const resolve = (ref: string) => document.components?.schemas?.[ref.split('/').at(-1) ?? ''] ?? {};
  const each = Math.ceil(requests / operations.length);
  const found: Fuzzed = { requests: 0, statuses: {}, failures: [] };
  for (const [index, { method, path, operation }] of operations.entries()) {
    const samples = fc.sample(requestOf(method, path, operation, resolve, known), {
      numRuns: each,
      seed: seed + index,
    });
    for (const sent of samples) {
      if (found.requests >= requests) return found;
      found.requests += 1;
      const status = await send(url, key, sent, isStream(operation.operationId));
      found.statuses[status] = (found.statuses[status] ?? 0) + 1;
      if (typeof status === 'string' || status >= 500) {
        found.failures.push(`${status}: ${sent.method} ${sent.path} ${sent.body?.slice(0, 400) ?? ''}`);
      }
    }
  }
  return found;
}

function requestOf(
  method: string,
  path: string,
  { parameters = [], requestBody }: Operation,
  resolve: (ref: string) => Schema,
  known: string[],
): fc.Arbitrary<Sent> {
  const values = parameters.map(({ name, in: place, required, schema }) => {
    const value = arbitraryOf(schema, resolve, known).map((one) => ({ name, place, text: textOf(one) }));
    return required ? value : fc.option(value, { nil: null });
  });
  const schema = requestBody?.content['application/json']?.schema;
  const body = schema
    ? fc.oneof(
        {
          weight: 20,
          arbitrary: arbitraryOf(schema, resolve, known).map((one) => JSON.stringify(one) ?? 'null'),
        },
        {
          weight: 1,
          arbitrary: fc.constantFrom('', '[', '{"a":', '\u0000', 'null', '[]', '{"__proto__":{"x":1}}'),
        },
      )
    : fc.constant(null);
  return fc.tuple(fc.tuple(...values), body).map(([given, text]) => {
    const there = given.filter((one) => one !== null);
    const query = new URLSearchParams();
    for (const { name, place, text: value } of there) if (place === 'query') query.append(name, value);
    const address = path.replace(/\{(\w+)\}/g, (_, name: string) => {
      const found = there.find((one) => one.place === 'path' && one.name === name)?.text || 'none';
      // A dot alone would make it another route's address.
      return encodeURIComponent(/^\.+$/.test(found) ? 'dots' : found.toWellFormed());
    });
    const headers = Object.fromEntries(
      there
        .filter(({ place }) => place === 'header')
        .map(({ name, text }) => [name, text.replace(/[^\x20-\x7e]/g, '?').trim()]),
    );
    return { method, path: `${address}${query.size > 0 ? `?${query}` : ''}`, headers, body: text };
  });
}

function textOf(value: unknown): string {
  return (typeof value === 'string' ? value : (JSON.stringify(value) ?? '')).toWellFormed();
}

async function send(url: string, key: string, sent: Sent, cut: boolean): Promise<number | string> {
  const { method, path, headers, body } = sent;
  const ending = new AbortController();
  try {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        ...headers,
        authorization: `Bearer ${key}`,
        ...(body === null ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === null ? {} : { body }),
      signal: ending.signal,
    });
    if (cut) ending.abort();
    else await response.arrayBuffer();
    return response.status;
  } catch (fault) {
    return fault instanceof Error ? `no answer (${fault.message})` : 'no answer';
  }
}
