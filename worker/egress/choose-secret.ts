import type { CanonicalRequest } from '#core/policy/request.ts';
import { bindingAllows, type SecretBinding } from '#core/secrets/bindings.ts';
import { findPlaceholders } from '#core/secrets/placeholder.ts';
import type { StoredSecret } from '#core/secrets/ports.ts';
import { type Outgoing, putOn } from '#core/secrets/put-on.ts';

/** What of a request a placeholder may be found in. */
export interface Searched {
  request: CanonicalRequest;
  headers: Outgoing['headers'];
  /** The body's first 64 KiB. */
  body: Uint8Array;
  /** Of a worker, for a tool: the epoch that it speaks for. Null: it comes from the sandbox. */
  claim: number | null;
}

export interface Leased {
  secrets: readonly StoredSecret[];
  /** Every placeholder that the session was ever given, with its secret. */
  placeholders: ReadonlyMap<string, string>;
}

export type Choice =
  | { kind: 'none' }
  | { kind: 'use'; secret: StoredSecret; binding: SecretBinding }
  /** `alarm`: people are told, since this is how a secret would be carried off. */
  | { kind: 'refused'; code: string; reason: string; secret: string | null; alarm: boolean };

/** Stands where the secret will, so that only what stands elsewhere is found. */
const neutral = 'x'.repeat(12);

/**
 * Which of the turn's secrets goes on a request: the one whose placeholder it carries, else the only one that is bound
 * to it, so that a credential that the sandbox brought along is overwritten. A placeholder anywhere but in the bound
 * place, for another host, of another turn or of nobody stops the request.
 */
export function chooseSecret(searched: Searched, { secrets, placeholders }: Leased): Choice {
  const { request, headers, claim } = searched;
  const found = placeholdersIn(searched);
  const bound = (secret: StoredSecret) =>
    secret.bindings.find((one) => bindingAllows(one, request) && (one.only === undefined || claim !== null));
  if (found.length === 0) {
    const [only, ...more] = secrets.filter((secret) => bound(secret));
    if (!only) return { kind: 'none' };
    if (more.length > 0) {
      const names = [only, ...more].map(({ name }) => name).join(', ');
      return no(
        'secret_ambiguous',
        `Several secrets are bound to ${request.host} (${names}). Send the value of the variable that is meant.`,
      );
    }
    return { kind: 'use', secret: only, binding: bound(only) as SecretBinding };
  }
  const [id, ...others] = new Set(found.map((text) => placeholders.get(text)));
  if (id === undefined || others.includes(undefined)) {
    return no(
      'placeholder_unknown',
      'It carries what looks like a placeholder of Deckhand but is none of this thread. Use the variables as they are set now.',
      { alarm: true },
    );
  }
  if (others.length > 0)
    return no('secret_ambiguous', 'It carries more than one placeholder. Send only one.');
  const secret = secrets.find((one) => one.secretId === id);
  if (!secret) {
    return no(
      'secret_not_leased',
      'It carries the placeholder of a secret that this turn may not use: it belongs to somebody else, or is no longer there.',
      { alarm: true },
    );
  }
  const binding = bound(secret);
  const { name } = secret;
  if (!binding) {
    return no(
      'secret_unbound',
      `The secret ${name} is not meant for ${request.method} ${request.host}:${request.port}${request.path}. ${secret.bindings.some(({ only }) => only) ? 'It goes on calls of tools, not on what is sent from here.' : 'Its owner can change where it may go under Secrets.'}`,
      { secret: name, alarm: true },
    );
  }
  const rest = putOn({ headers, query: request.query }, binding, neutral);
  if (
    placeholdersIn({ ...searched, headers: rest.headers, request: { ...request, query: rest.query } })
      .length > 0
  ) {
    return no(
      'secret_misplaced',
      `The placeholder of ${name} stands where its value is never put. It goes ${placeText(binding)} only; send it there or leave it out.`,
      { secret: name, alarm: true },
    );
  }
  return { kind: 'use', secret, binding };
}

function placeholdersIn({ request, headers, body }: Searched): string[] {
  const lines = headers.map(([name, value]) => `${name}: ${value}`);
  const text = [`${request.path}${request.query}`, ...lines].join('\n');
  const inBody = body.length === 0 ? [] : findPlaceholders(Buffer.from(body).toString('latin1'));
  return [...new Set([...findPlaceholders(text), ...inBody])];
}

function placeText({ put }: SecretBinding): string {
  if (put.as === 'query') return `into the query parameter ${put.name}`;
  return put.as === 'header' ? `into the header ${put.name}` : 'into the header Authorization';
}

function no(
  code: string,
  why: string,
  { secret = null, alarm = false }: { secret?: string | null; alarm?: boolean } = {},
): Choice {
  return { kind: 'refused', code, reason: `This request was refused. ${why}`, secret, alarm };
}
