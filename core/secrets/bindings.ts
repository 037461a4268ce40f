import { z } from 'zod';
import { messageOf } from '#core/errors.ts';
import { hostMatches, parseHostPattern } from '#core/policy/hosts.ts';
import { parsePathPattern, pathMatches } from '#core/policy/paths.ts';
import { type CanonicalRequest, standardPort } from '#core/policy/request.ts';

/** A header's name that a credential may be; those that frame or route a message are not. */
const headerName = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9-]{0,63}$/, 'should be the name of a header, such as X-Api-Key')
  .refine(
    (name) =>
      !/^(host|connection|transfer-encoding|content-length|upgrade|te|trailer|expect|via)$/i.test(name),
    {
      message: 'should not be a header that frames or routes the request',
    },
  )
  .transform((name) => name.toLowerCase());

/** Names and addresses, one by one or all names below one: a secret is never bound to everything. */
const boundHost = z.string().transform((text, context) => {
  try {
    const pattern = parseHostPattern(text);
    const single = pattern.kind !== 'range' || !pattern.text.includes('/');
    if (pattern.kind !== 'any' && single) return pattern;
    context.addIssue(
      'should be a host such as api.example.com or *.example.com: a secret is never bound to all hosts',
    );
  } catch (error) {
    context.addIssue(messageOf(error));
  }
  return z.NEVER;
});

const method = z.string().regex(/^[A-Z][A-Z0-9_-]*$/, 'should be a method in capitals, such as GET');
const path = z
  .string()
  .regex(/^\/[^\s%;\\?#]*$/, 'should be a path such as /repos or /repos/*, without query or escapes')
  .transform(parsePathPattern);

/** Where a secret may go and how it is put on. Methods are those that read unless named; git's fetch needs POST too. */
export const secretBinding = z.strictObject({
  hosts: z.array(boundHost, 'should be a list').min(1, 'should name at least one host'),
  ports: z.array(z.int().min(1).max(65535)).optional(),
  methods: z.array(method).min(1).default(['GET', 'HEAD']),
  paths: z.array(path).min(1).optional(),
  put: z.discriminatedUnion(
    'as',
    [
      z.strictObject({ as: z.literal('header'), name: headerName }),
      z.strictObject({ as: z.literal('bearer') }),
      z.strictObject({
        as: z.literal('basic'),
        username: z.string().regex(/^[^:\p{Cc}]*$/u, 'should have no colon: it ends a user name'),
      }),
      z.strictObject({
        as: z.literal('query'),
        name: z.string().regex(/^[\w.[\]-]{1,64}$/, 'should be like api_key'),
      }),
    ],
    'should say how it is put on: as bearer, header, basic or query',
  ),
  /** May it also travel unencrypted? */
  http: z.boolean().default(false),
  /** Put on calls of tool servers alone: a command in a sandbox could call a tool that people want to be asked about. */
  only: z.literal('tools', 'should be tools, or be left out').optional(),
});

export type SecretBinding = z.output<typeof secretBinding>;

/** May the secret go on this request? Read narrowly: every reading of its path must be within the bound ones. */
export function bindingAllows(binding: SecretBinding, request: CanonicalRequest): boolean {
  const { method: verb, scheme, host, port, path: at } = request;
  return (
    (scheme === 'https' || binding.http) &&
    binding.hosts.some((pattern) => hostMatches(pattern, host)) &&
    (binding.ports ?? [standardPort(scheme)]).includes(port) &&
    binding.methods.includes(verb) &&
    (binding.paths?.some((pattern) => pathMatches(pattern, at, 'strictly')) ?? true)
  );
}
