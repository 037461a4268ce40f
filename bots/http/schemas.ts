import { type RouteConfig, z } from '@hono/zod-openapi';
import { DeckhandError } from '#core/errors.ts';
import { acts, roles } from '#core/identity/roles.ts';
import { Problem } from './problem.ts';

/** Shapes that several routes share. What only one route says stands beside its handler. */

export const Person = z.object({ userId: z.string(), name: z.string() }).openapi('Person');

export const Role = z.enum(roles);
export const Scopes = z.array(z.enum(acts)).min(1).max(acts.length);

export const ShownFile = z
  .object({ id: z.string(), name: z.string(), mediaType: z.string(), size: z.number().int() })
  .openapi('File');

export const Outcome = z
  .discriminatedUnion('kind', [
    z.object({
      kind: z.literal('accepted'),
      sessionId: z.string(),
      turnId: z.string(),
      ahead: z.number().int(),
    }),
    z.object({ kind: z.literal('refused'), code: z.string(), message: z.string() }),
    z.object({ kind: z.literal('command') }),
  ])
  .openapi('Outcome');

export const Message = z
  .object({
    id: z.string(),
    seq: z.number().int(),
    change: z.number().int(),
    createdAt: z.string(),
    editedAt: z.string().nullable(),
    /** `said`: by a person, with what became of it. `post`: Deckhand's, in blocks. */
    content: z.union([
      z.object({
        type: z.literal('said'),
        author: Person,
        text: z.string(),
        files: z.array(ShownFile),
        outcome: Outcome.nullable(),
      }),
      z.object({
        type: z.literal('post'),
        kind: z.enum(['checklist', 'answer', 'approval', 'notice']),
        turnId: z.string().nullable(),
        blocks: z.array(z.looseObject({ type: z.string() })),
      }),
    ]),
  })
  .openapi('Message');

/** A request of a person's: text, and files that were uploaded before. */
export const NewMessage = z
  .object({
    text: z.string().default(''),
    files: z.array(z.string().max(64)).max(20).default([]),
  })
  .openapi('NewMessage');

export const IdempotencyKey = z.object({
  'idempotency-key': z
    .string()
    .regex(/^[\w.:-]{1,100}$/)
    .optional()
    .describe("The sender's own name for this message: sending it again makes no second one."),
});

/** Path parameters of a route, one id each. */
export function idParam<Name extends string>(name: Name) {
  return z.object({ [name]: z.string().min(1).max(64) } as Record<Name, z.ZodString>);
}

/** A JSON body of this shape. */
export const body = <Schema extends z.ZodType>(schema: Schema) => ({
  content: { 'application/json': { schema } },
  required: true as const,
});

export const limit = (most: number, usual: number) => z.coerce.number().int().min(1).max(most).default(usual);

/** What Postgres counts with. */
export const mostCount = 2_147_483_647;
export const after = z.coerce.number().int().min(0).max(mostCount).optional();
/** For lists that are read newest first. */
export const olderThan = (what: string) => after.describe(what);
export const versionNumber = z.coerce.number().int().min(0).max(mostCount);

export function noVersion(version: number): DeckhandError {
  return new DeckhandError(
    'version.unknown',
    `There is no version ${version}. The list of versions says which.`,
    {
      blame: 'asker',
    },
  );
}

/** Where a list goes on: the `next` of the page before. */
export const cursor = z
  .string()
  .max(300)
  .regex(/^[\w-]+$/)
  .optional()
  .describe('The `next` of the page before.');

export const next = z
  .string()
  .nullable()
  .describe('The `cursor` of the next page; null: this is the last one.');

/** `next` of a page of at most so many: the place of its last, as text that says nothing to its reader. */
export function nextCursor<T>(
  page: readonly T[],
  most: number,
  placeOf: (last: T) => readonly (string | number)[],
): string | null {
  const last = page.length === most ? page.at(-1) : undefined;
  return last ? Buffer.from(JSON.stringify(placeOf(last))).toString('base64url') : null;
}

/** @throws {DeckhandError} `request.invalid` for what this list did not give */
export function readCursor<Shape extends z.ZodType>(
  text: string | undefined,
  shape: Shape,
): z.output<Shape> | null {
  if (text === undefined) return null;
  try {
    return shape.parse(JSON.parse(Buffer.from(text, 'base64url').toString()));
  } catch {
    throw new DeckhandError(
      'request.invalid',
      'The cursor is not one of this list. Begin again without one.',
    );
  }
}

/** The responses of a route that answers with JSON. */
export function answers<Schema extends z.ZodType>(schema: Schema, description: string) {
  return {
    200: { content: { 'application/json': { schema } }, description },
    default: problem,
  } satisfies RouteConfig['responses'];
}

export const problem = {
  content: { 'application/problem+json': { schema: Problem } },
  description: 'What went wrong and what to do about it.',
};

/** The responses of a route that answers with a stream of events. */
export const streams = {
  200: {
    content: { 'text/event-stream': { schema: z.string() } },
    description: 'Server-sent events; resume with `Last-Event-ID`.',
  },
  default: problem,
} satisfies RouteConfig['responses'];
