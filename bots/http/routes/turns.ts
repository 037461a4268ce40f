import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { foldDocuments } from '#core/chat/fold.ts';
import { DeckhandError } from '#core/errors.ts';
import type { UserFacts } from '#core/identity/ports.ts';
import { allowed } from '../auth.ts';
import type { HttpDeps, HttpEnv } from '../deps.ts';
import { presentDocument } from '../presenters.ts';
import { notFound } from '../problem.ts';
import { answers, idParam } from '../schemas.ts';
import { Document, visibleSession } from './sessions.ts';

const one = createRoute({
  method: 'get',
  path: '/v1/turns/{turn}',
  summary: 'What a turn shows: steps with their output, approvals, answer, receipt',
  request: { params: idParam('turn') },
  responses: answers(Document, "The turn's document."),
});

const stop = createRoute({
  method: 'post',
  path: '/v1/turns/{turn}/stop',
  summary: 'Stops a turn: at once while it is queued or waits, else as soon as its worker hears of it',
  request: { params: idParam('turn') },
  responses: answers(z.object({ state: z.enum(['cancelled', 'stopping']) }), 'What has been done.'),
});

const steer = createRoute({
  method: 'post',
  path: '/v1/turns/{turn}/steer',
  summary:
    'Has a queued turn of yours told to your running one at its next step, instead of waiting for its end',
  request: { params: idParam('turn') },
  responses: answers(
    z.object({
      into: z.string(),
      waits: z.boolean().describe('The running turn waits for an answer first.'),
    }),
    'It will be told; should that turn end first, it keeps its place in the queue.',
  ),
});

/** Turns: one request and the work it causes. */
export function turnRoutes(app: OpenAPIHono<HttpEnv>, deps: HttpDeps): void {
  async function visibleTurn(user: UserFacts, turnId: string) {
    const turn = await deps.turns.byId(turnId);
    if (!turn) throw notFound('turn');
    await visibleSession(deps, user, turn.sessionId).catch(() => {
      throw notFound('turn');
    });
    return turn;
  }

  app.openapi(one, async (c) => {
    const turn = await visibleTurn(allowed(c, 'read'), c.req.valid('param').turn);
    const [document] = foldDocuments(await deps.sessions.turnEvents(turn.turnId));
    if (!document) throw notFound('turn');
    return c.json(presentDocument(document), 200);
  });

  app.openapi(steer, async (c) => {
    const user = allowed(c, 'ask');
    const { turnId } = await visibleTurn(user, c.req.valid('param').turn);
    const { sessionId, into, waits } = await deps.steers.ask(turnId, {
      userId: user.userId,
      name: user.name,
    });
    deps.live.publish({ kind: 'events', sessionId });
    return c.json({ into, waits }, 200);
  });

  app.openapi(stop, async (c) => {
    const user = allowed(c, 'stop');
    const { turnId, sessionId } = await visibleTurn(user, c.req.valid('param').turn);
    const state = await deps.turns.stop(turnId, { userId: user.userId, name: user.name });
    if (state === null)
      throw new DeckhandError('turn.ended', 'This turn has already ended: nothing to stop.');
    deps.live.publish({ kind: 'events', sessionId });
    if (state === 'stopping') deps.live.publish({ kind: 'stop', sessionId, turnId });
    else await deps.bell.ring(sessionId);
    return c.json({ state }, 200);
  });
}
