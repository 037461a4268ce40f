import { z } from '@hono/zod-openapi';
import { Person, ShownFile } from './schemas.ts';

/** What a turn shows, as the API describes it: the shape that `presentDocument` gives of core/chat/document.ts. */

const at = z.string().describe('ISO 8601.');
const turnStates = ['queued', 'running', 'waiting', 'succeeded', 'failed', 'cancelled'] as const;

export const ApprovalRequest = z
  .object({
    kind: z.enum(['command', 'tool', 'schedule', 'host']),
    title: z.string().describe('What it wants to do, one line.'),
    subject: z.string().describe('The exact thing that is asked for.'),
    why: z.string().nullable().describe('In the agent’s words: untrusted text.'),
    reaches: z.object({ method: z.string(), host: z.string(), port: z.number().int() }).optional(),
  })
  .openapi('ApprovalRequest');
export const ApprovalScope = z.enum(['once', 'thread', 'always']);

const Step = z
  .object({
    key: z.string(),
    kind: z.enum(['steer', 'command', 'file', 'tool']),
    title: z.string(),
    state: z.enum(['running', 'done', 'failed', 'interrupted', 'asking', 'denied']),
    output: z.string().nullable().describe('Of a command or tool, bounded.'),
    exitCode: z.number().int().nullable(),
    startedAt: at,
    ms: z.number().nullable(),
  })
  .openapi('Step');

const ApprovalCard = z
  .object({
    approvalId: z.string(),
    request: ApprovalRequest,
    revision: z.number().int().describe('Rises when the request grows; an answer carries it.'),
    state: z.enum(['open', 'granted', 'denied', 'expired']),
    scope: ApprovalScope.nullable(),
    by: Person.nullable(),
    openedAt: at,
    heldUntil: at.nullable(),
    decidedAt: at.nullable(),
    expiresAt: at,
  })
  .openapi('ApprovalCard');

export const Usage = z
  .object({ requests: z.number().int(), inputTokens: z.number(), outputTokens: z.number() })
  .openapi('Usage');
export const HostTraffic = z.object({
  host: z.string(),
  requests: z.number().int(),
  bytes: z.number().int(),
});
export const SecretUse = z.object({ name: z.string(), uses: z.number().int() });

const Receipt = z
  .object({
    commands: z.number().int(),
    files: z.number().int(),
    tools: z.number().int(),
    hosts: z.array(HostTraffic).describe('Empty: nothing left the network.'),
    secrets: z.array(SecretUse),
    refused: z.number().int(),
    alarms: z.array(z.string()).describe('Attempts to get a secret out, a sentence each.'),
    approvals: z.array(z.object({ by: z.string(), granted: z.number().int(), denied: z.number().int() })),
    usage: Usage,
    ms: z.number().nullable().describe('From the first start to the end or to now.'),
  })
  .openapi('Receipt');

export const Document = z
  .object({
    turnId: z.string(),
    sessionId: z.string(),
    state: z.enum(turnStates),
    author: Person,
    eventId: z.string().describe('The asking message’s own identity at its platform.'),
    text: z.string(),
    files: z.array(ShownFile),
    quoted: z.array(z.object({ name: z.string(), text: z.string() })),
    askedAt: at,
    sentAt: at,
    startedAt: at.nullable(),
    finishedAt: at.nullable(),
    plan: z.array(z.object({ title: z.string(), state: z.enum(['pending', 'active', 'done']) })),
    steps: z.array(Step),
    approvals: z.array(ApprovalCard),
    answer: z.string().nullable().describe('Once the turn has finished; possibly empty.'),
    sentFiles: z.array(ShownFile),
    error: z.object({ code: z.string(), message: z.string() }).nullable(),
    stoppedBy: Person.nullable(),
    withdrawn: z.boolean(),
    steering: z.object({ into: z.string(), told: z.boolean() }).nullable(),
    queue: z.object({ ahead: z.number().int(), steerable: z.boolean() }).optional(),
    restarts: z.array(z.object({ at, done: z.number().int(), cut: z.array(z.string()) })),
    lost: z
      .array(z.object({ at, steps: z.number().int(), saved: z.boolean() }))
      .describe('What was lost of the workspace with a host that is gone.'),
    receipt: Receipt,
    receiptLine: z.string(),
  })
  .openapi('TurnDocument');
