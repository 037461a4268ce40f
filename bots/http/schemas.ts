import { type RouteConfig, z } from '@hono/zod-openapi';
import { Problem } from './problem.ts';

/** Shapes that several routes share. What only one route says stands beside its handler. */

export const Person = z.object({ userId: z.string(), name: z.string() }).openapi('Person');

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

export const after = z.coerce.number().int().min(0).optional();

/** Path parameters of a route, one id each. */
export function idParam<Name extends string>(name: Name) {
  return z.object({ [name]: z.string().min(1).max(64) } as Record<Name, z.ZodString>);
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
