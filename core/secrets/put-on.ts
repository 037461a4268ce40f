import type { SecretBinding } from './bindings.ts';
import { checkValue } from './value.ts';

/** The parts of a request that a credential may change. Names of headers in any case; a name may come twice. */
export interface Outgoing {
  readonly headers: ReadonlyArray<readonly [name: string, value: string]>;
  /** With its `?`, or empty. */
  readonly query: string;
}

/**
 * The request with the secret where its binding puts it, in place of whatever the sandbox had set there.
 * @throws {DeckhandError} `secret_value_invalid` for a value that would break out of its header
 */
export function putOn<T extends Outgoing>(request: T, { put }: SecretBinding, value: string): T {
  checkValue('The secret', value);
  switch (put.as) {
    case 'query':
      return { ...request, query: withParameter(request.query, put.name, value) };
    case 'header':
      return withHeader(request, put.name, value);
    case 'bearer':
      return withHeader(request, 'authorization', `Bearer ${value}`);
    case 'basic':
      return withHeader(
        request,
        'authorization',
        `Basic ${Buffer.from(`${put.username}:${value}`).toString('base64')}`,
      );
  }
}

/** In place of every header that a server may take for it: behind CGI and its heirs, X_Token is X-Token. */
function withHeader<T extends Outgoing>(request: T, name: string, value: string): T {
  const same = (one: string) => one.toLowerCase().replaceAll('_', '-') === name;
  const others = request.headers.filter(([one]) => !same(one));
  return { ...request, headers: [...others, [name, value]] };
}

/** Leaves the other parameters byte for byte as they are: some servers sign or order them. */
function withParameter(query: string, name: string, value: string): string {
  const others = query
    .slice(1)
    .split('&')
    .filter((pair) => pair !== '' && !new URLSearchParams(pair).has(name));
  return `?${[...others, `${encodeURIComponent(name)}=${encodeURIComponent(value)}`].join('&')}`;
}
