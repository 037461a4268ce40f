import { z } from '@hono/zod-openapi';
import type { EventBodies, EventType, LogEvent } from '#core/events/types.ts';
import { ApprovalRequest, ApprovalScope, HostTraffic, SecretUse, Usage } from './document-schema.ts';
import { Person } from './schemas.ts';

/** The rows of a session's log, as the API describes them: core/events/types.ts says what each is for and who writes it. */

const count = z.number().int();
const File = z.object({
  id: z.string(),
  name: z.string(),
  mediaType: z.string(),
  size: count,
  blob: z.string().describe('SHA-256 of the content.'),
});
const ModelRef = z.object({ provider: z.string(), name: z.string(), api: z.string() });
const Price = z.object({ input: z.number(), cachedInput: z.number(), output: z.number() });
const Payload = z
  .union([
    z.object({ inline: z.unknown() }),
    z.object({ blob: z.string(), bytes: count }),
    z.object({ erased: z.literal(true) }),
  ])
  .openapi('Payload', {
    description: 'Here, or when it is large in the blob store under its hash; or erased on request.',
  });
const Erased = z.array(
  z.object({
    n: count.describe('Its place.'),
    was: z.string().describe('Its content hash in the chain.'),
    is: z.string().describe('What it hashes to without its words.'),
  }),
);
const effectKind = z.enum(['model', 'summary', 'steer', 'command', 'file', 'tool', 'post']);

const PinnedMcp = z.object({
  servers: z.array(
    z.object({
      name: z.string(),
      reach: z.union([
        z.object({ kind: z.literal('http'), url: z.string(), secret: z.string().nullable() }),
        z.object({ kind: z.literal('stdio'), command: z.string() }),
      ]),
      timeoutMs: z.number(),
    }),
  ),
  tools: z.array(
    z.object({
      name: z.string(),
      server: z.string(),
      tool: z.string(),
      description: z.string(),
      parameters: z.record(z.string(), z.unknown()),
      print: z.string(),
      ask: z.boolean(),
      again: z.boolean(),
    }),
  ),
});

/** What could differ between two runs of a turn; turns of earlier versions lack some of it. */
const Harness = z
  .object({
    version: z.string(),
    clock: z.string(),
    template: z.string(),
    layers: z.array(z.object({ layer: z.string(), version: count, hash: z.string() })).optional(),
    instructions: z.string(),
    model: ModelRef,
    fallbacks: z.array(ModelRef).optional(),
    settings: z.record(z.string(), z.unknown()),
    tools: z.array(z.object({ name: z.string(), hash: z.string() })),
    asks: z.array(z.string()).optional(),
    mcp: PinnedMcp.optional(),
    skills: z.array(z.string()).optional(),
    image: z.string().optional(),
    workspace: z.literal('fresh').optional(),
    save: z.literal('turn').optional(),
    maxSteps: count,
    limits: z
      .object({
        minutes: z.number().nullable(),
        tokens: z.number().nullable(),
        cost: z.number().nullable(),
      })
      .optional(),
    prices: z.record(z.string(), Price).optional(),
    context: z.object({ rule: z.literal(2), maxChars: count, mark: z.string() }).optional(),
    contextSeq: count,
  })
  .openapi('Harness');

const texts = z.array(z.string());

/** The body of each type of event. */
export const eventBodies = {
  'turn.submitted': z.object({
    author: Person,
    text: z.string(),
    files: z.array(File),
    platform: z.string(),
    eventId: z.string(),
    sentAt: z.string(),
    quoted: z.array(z.object({ name: z.string(), text: z.string() })).optional(),
  }),
  'turn.edited': z.object({ text: z.string(), by: z.string() }),
  'turn.moved': z.object({ by: Person, place: count }),
  'turn.cancelled': z.object({
    by: Person,
    reason: z.enum(['stopped', 'deleted', 'steered']),
    into: z.string().optional(),
  }),
  'turn.stop_requested': z.object({ by: Person }),
  'turn.steer_asked': z.object({ by: Person, into: z.string() }),
  'turn.steered': z.object({ by: Person, from: z.string(), text: z.string(), files: z.array(File) }),
  'turn.started': z.object({ harness: Harness, worker: z.string() }),
  'turn.resumed': z.object({
    reason: z.enum(['crash', 'answered', 'returned']),
    worker: z.string(),
    done: count,
    cut: texts,
  }),
  'effect.intent': z.object({
    kind: effectKind,
    title: z.string(),
    fingerprint: z.string(),
    request: Payload,
    attempt: count,
  }),
  'effect.receipt': z.object({
    fingerprint: z.string(),
    kind: effectKind,
    outcome: z.enum(['done', 'failed', 'interrupted']),
    intent: count,
    result: Payload,
    ms: z.number(),
  }),
  'harness.changed': z.object({ harness: Harness }),
  'harness.diverged': z.object({ key: z.string(), recorded: z.string(), found: z.string() }),
  'approval.opened': z.object({
    approvalId: z.string(),
    request: ApprovalRequest,
    fingerprint: z.string(),
    expiresAt: z.string(),
  }),
  'approval.grown': z.object({ approvalId: z.string(), request: ApprovalRequest, revision: count }),
  'approval.decided': z.object({
    approvalId: z.string(),
    state: z.enum(['granted', 'denied', 'expired']),
    scope: ApprovalScope.nullable(),
    by: Person.nullable(),
    revision: count.optional(),
  }),
  'turn.returned': z.object({}),
  'egress.intent': z.object({
    method: z.string(),
    url: z.string(),
    fingerprint: z.string(),
    secret: z.string().nullable().describe('Its name.'),
    approvalId: z.string().nullable(),
  }),
  'egress.alarm': z.object({
    host: z.string(),
    method: z.string(),
    code: z.string(),
    secret: z.string().nullable().describe('Its name.'),
  }),
  'egress.sealed': z.object({
    from: count,
    to: count,
    hash: z.string(),
    hosts: z.array(HostTraffic),
    secrets: z.array(SecretUse),
    refused: count,
  }),
  'turn.waiting': z.object({ approvals: texts }),
  'workspace.lost': z.object({ steps: count, saved: z.boolean() }),
  'file.sent': z.object({ file: File }),
  'turn.finished': z.object({
    state: z.enum(['succeeded', 'failed', 'cancelled']),
    answer: z.string(),
    error: z.object({ code: z.string(), message: z.string() }).nullable(),
    usage: Usage,
  }),
  'turn.sealed': z.object({ headSeq: count, headHash: z.string() }),
  'post.intent': z.object({ slot: z.string(), postKey: z.string() }),
  'post.receipt': z.object({
    slot: z.string(),
    postKey: z.string(),
    platformId: z.string(),
    outcome: z.enum(['sent', 'in_doubt', 'refused']),
  }),
  'data.erased': z.object({
    erasure: z.string(),
    of: z.string(),
    by: z.string(),
    rows: Erased,
    egress: Erased,
  }),
} satisfies { [T in EventType]: z.ZodType<EventBodies[T]> };

function eventOf(type: EventType) {
  return z
    .object({
      sessionId: z.string(),
      seq: count,
      turnId: z.string().nullable(),
      epoch: count.nullable().describe('Of the claim that wrote it; null: written without one.'),
      type: z.literal(type),
      key: z.string().nullable().describe('Of the effect or question that it is about.'),
      body: eventBodies[type],
      at: z.string(),
    })
    .openapi(`Event ${type}`.replace(/[ ._]+(\w)/g, (_, letter: string) => letter.toUpperCase()));
}

const [first, ...others] = (Object.keys(eventBodies) as EventType[]).map(eventOf);
if (!first) throw new Error('there are events');

/**
 * A row of the log as it is kept; the shape of `body` belongs to `type`. Types cannot follow a union made from a list: that each
 * body is what the log has is held where `eventBodies` stands.
 */
export const LoggedEvent = z
  .discriminatedUnion('type', [first, ...others])
  .openapi('Event') as unknown as z.ZodType<LogEvent>;
