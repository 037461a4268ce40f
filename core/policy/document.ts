import { z } from 'zod';
import { messageOf } from '#core/errors.ts';
import { parseHostPattern } from './hosts.ts';
import { parsePathPattern } from './paths.ts';
import { parseRange } from './ranges.ts';

/** What a policy says about a request. */
export type Effect = 'allow' | 'ask' | 'deny';

/** Whose policy: the operator's, the tenant's, the person's, the template's. */
export type LayerName = 'system' | 'workspace' | 'user' | 'template';

/**
 * What a document says where none of its rules speaks:
 * `none` denies; `allowlist` asks; `intranet` allows addresses in the named ranges and names at or below `domains`
 * (which may resolve into those ranges) and asks for all else; `internet` allows.
 */
export const presets = ['none', 'allowlist', 'intranet', 'internet'] as const;
export type Preset = (typeof presets)[number];

const oneOrMany = <T extends z.ZodType>(one: T) =>
  z.union([one.transform((single) => [single]), z.array(one).min(1, 'is empty; leave it out to mean any')]);

const host = z.string('should be a host such as api.example.com').transform(read(parseHostPattern));
const range = z.string('should be a range such as 10.0.0.0/8').transform(read(parseRange));
const rangeName = z.string().regex(/^[a-z][a-z0-9-]{0,31}$/, 'should be a name such as office or build-farm');
const method = z
  .string()
  .regex(/^[A-Z][A-Z0-9_-]*$/, 'should be a method in capitals, such as GET or [GET, HEAD]');
const path = z
  .string()
  .regex(
    /^\/[^\s%;\\?#\p{Cc}\P{ASCII}]*$/u,
    'should be a path such as /repos or /repos/*/issues, without query or escapes',
  )
  .refine((text) => text.split('/').every((part) => part === '**' || !part.includes('**')), {
    message: 'has ** inside a segment; right would be /repos/** or /repos/*',
  })
  .transform(parsePathPattern);

const conditions = {
  host: oneOrMany(host),
  ports: oneOrMany(
    z
      .int('should be a port such as 443')
      .min(1, 'should be a port from 1')
      .max(65535, 'should be a port up to 65535'),
  ).optional(),
  schemes: oneOrMany(z.enum(['http', 'https'], 'should be http or https')).optional(),
  methods: oneOrMany(method).optional(),
  paths: oneOrMany(path).optional(),
};
const ranges = oneOrMany(rangeName).optional();

/** A rule permits only the standard ports (80, 443) unless it names ports; one that asks or denies covers all. */
const rule = z.discriminatedUnion(
  'effect',
  [
    z.strictObject({
      effect: z.literal('allow'),
      ...conditions,
      ranges,
      /** TLS goes through unread: no method or path can be judged, no secret used. */
      passthrough: z.boolean('should be true or false').default(false),
    }),
    z.strictObject({ effect: z.literal('ask'), ...conditions, ranges }),
    z.strictObject({
      effect: z.literal('deny'),
      ...conditions,
      reason: z.string().min(1).max(200).optional(),
    }),
  ],
  { error: 'should be allow, ask or deny' },
);

/** The text of a policy once it is plain data. */
export const policyDocument = z.strictObject(
  {
    format: z.literal(1, 'should be 1, the only format there is'),
    preset: z.enum(presets, `should be one of ${presets.join(', ')}`).optional(),
    ranges: z.record(rangeName, oneOrMany(range)).default({}),
    domains: oneOrMany(
      host.refine((pattern) => pattern.kind === 'name', 'should be a name such as corp.example.com'),
    ).default([]),
    rules: z.array(rule, 'should be a list of rules').max(1000, 'holds more than 1,000 rules').default([]),
  },
  { error: (issue) => (issue.code === 'invalid_type' ? 'should begin with `format: 1`' : undefined) },
);

export type Rule = z.output<typeof rule>;

/** A policy that was read: one version of one layer's document. */
export interface Policy extends z.output<typeof policyDocument> {
  readonly layer: LayerName;
  /** Of the document, counted by its store. */
  readonly version: number;
}

/** Turns a reader that throws into a zod step that reports. */
function read<T>(parse: (text: string) => T): (text: string, context: z.RefinementCtx<string>) => T {
  return (text, context) => {
    try {
      return parse(text);
    } catch (error) {
      context.addIssue({ code: 'custom', message: messageOf(error) });
      return z.NEVER;
    }
  };
}
