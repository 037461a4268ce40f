import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { proposeAlways } from '#bots/propose-always.ts';
import { mayDecide } from '#core/approvals/may-decide.ts';
import type { ApprovalFacts } from '#core/approvals/ports.ts';
import { DeckhandError } from '#core/errors.ts';
import type { UserFacts } from '#core/identity/ports.ts';
import { may } from '#core/identity/roles.ts';
import { maySee } from '#core/identity/visibility.ts';
import { caller } from '../auth.ts';
import type { HttpDeps, HttpEnv } from '../deps.ts';
import { ApprovalRequest, ApprovalScope } from '../document-schema.ts';
import { presentApproval } from '../presenters.ts';
import { notFound } from '../problem.ts';
import { route } from '../route.ts';
import {
  answers,
  cursor,
  idParam,
  limit,
  mostCount,
  next,
  nextCursor,
  Person,
  readCursor,
} from '../schemas.ts';

const Approval = z
  .object({
    id: z.string(),
    sessionId: z.string(),
    turnId: z.string(),
    request: ApprovalRequest,
    revision: z.number().int(),
    state: z.enum(['open', 'granted', 'denied', 'expired']),
    scope: ApprovalScope.nullable(),
    decidedBy: Person.nullable(),
    decidedAt: z.string().nullable(),
    expiresAt: z.string(),
    createdAt: z.string(),
  })
  .openapi('Approval');

const Decision = z
  .object({
    grant: z.boolean(),
    scope: ApprovalScope.default('once'),
    revision: z
      .number()
      .int()
      .min(0)
      .max(mostCount)
      .describe('Of the card that was pressed: an edited card decides nothing.'),
  })
  .openapi('Decision');

const list = route(
  { act: 'read' },
  {
    method: 'get',
    path: '/v1/approvals',
    summary: 'Questions: open ones oldest first, or answered ones newest first',
    request: {
      query: z.object({
        state: z.enum(['open', 'settled']).default('open'),
        session: z.string().max(64).optional(),
        cursor,
        limit: limit(200, 50),
      }),
    },
    responses: answers(z.object({ approvals: z.array(Approval), next }), 'Approvals.'),
  },
);

const one = route(
  { act: 'read' },
  {
    method: 'get',
    path: '/v1/approvals/{approval}',
    summary: 'A question and what became of it',
    request: { params: idParam('approval') },
    responses: answers(Approval, 'The approval.'),
  },
);

const decide = route(
  { act: 'decide' },
  {
    method: 'post',
    path: '/v1/approvals/{approval}/decide',
    summary: 'Answers a question, once',
    request: {
      params: idParam('approval'),
      body: { content: { 'application/json': { schema: Decision } }, required: true },
    },
    responses: answers(Approval, 'The approval as it stands now.'),
  },
);

/** Approvals: questions to people, bound to one exact effect, answered once (I7). */
export function approvalRoutes(app: OpenAPIHono<HttpEnv>, deps: HttpDeps): void {
  async function sees(user: UserFacts, sessionId: string): Promise<boolean> {
    const session = await deps.sessions.byId(sessionId);
    return session !== null && maySee(user, session);
  }

  async function visible(user: UserFacts, approvalId: string) {
    const approval = await deps.approvals.byId(approvalId);
    if (!approval || !(await sees(user, approval.sessionId))) throw notFound('approval');
    return approval;
  }

  app.openapi(list, async (c) => {
    const user = caller(c);
    const { state, session, cursor: from, limit: most } = c.req.valid('query');
    const place = readCursor(from, z.tuple([z.iso.datetime(), z.string()]));
    const found = await deps.approvals.list({
      settled: state === 'settled',
      sessionId: session,
      seenBy: may(user.role, 'administer') ? undefined : user.userId,
      after: place ? { createdAt: place[0], approvalId: place[1] } : undefined,
      limit: most,
    });
    const placeOf = (last: ApprovalFacts) => [last.createdAt, last.approvalId];
    return c.json({ approvals: found.map(presentApproval), next: nextCursor(found, most, placeOf) }, 200);
  });

  app.openapi(one, async (c) => {
    const approval = await visible(caller(c), c.req.valid('param').approval);
    return c.json(presentApproval(approval), 200);
  });

  app.openapi(decide, async (c) => {
    const user = caller(c);
    const approval = await visible(user, c.req.valid('param').approval);
    if (!mayDecide(user, approval)) throw notYours();
    const { approvalId, sessionId, request } = approval;
    const answer = c.req.valid('json');
    if (answer.scope === 'always' && request.kind !== 'host') throw noAlways();
    const by = { userId: user.userId, name: user.name };
    const decided = await deps.approvals.decide(approvalId, { ...answer, by });
    if (!decided) throw notFound('approval');
    if (!decided.changed) throw tooLate(decided.now.state, decided.now.decidedBy?.name);
    if (answer.grant && answer.scope === 'always') await proposeAlways(decided.now, by, deps);
    deps.live.publish({ kind: 'events', sessionId });
    await deps.bell.ring(sessionId);
    return c.json(presentApproval(decided.now), 200);
  });
}

function notYours(): DeckhandError {
  return new DeckhandError(
    'approval.not_yours',
    'You cannot answer this: only the person who asked for the turn, or an administrator, can.',
    { blame: 'policy' },
  );
}

function noAlways(): DeckhandError {
  return new DeckhandError(
    'approval.no_always',
    'Only requests to a host can be allowed always. Allow this once, or in this thread.',
    { blame: 'asker' },
  );
}

function tooLate(state: string, by: string | undefined): DeckhandError {
  const what =
    state === 'open'
      ? 'The question has changed or its time is up. Look at it again, then answer'
      : `This is already ${state}${by ? ` by ${by}` : ''}. Your answer changed nothing`;
  return new DeckhandError('approval.settled', `${what}.`);
}
