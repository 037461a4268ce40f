import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { foldDocuments } from '#core/chat/fold.ts';
import { DeckhandError } from '#core/errors.ts';
import type { UserFacts } from '#core/identity/ports.ts';
import { caller } from '../auth.ts';
import type { HttpDeps, HttpEnv } from '../deps.ts';
import { Document } from '../document-schema.ts';
import { presentDocument } from '../presenters.ts';
import { notFound } from '../problem.ts';
import { route } from '../route.ts';
import { checkText, say } from '../say.ts';
import { answers, body, IdempotencyKey, idParam, Message } from '../schemas.ts';
import { visibleSession } from './sessions.ts';

const one = route(
  { act: 'read' },
  {
    method: 'get',
    path: '/v1/turns/{turn}',
    summary: 'What a turn shows: steps with their output, approvals, answer, receipt',
    request: { params: idParam('turn') },
    responses: answers(Document, "The turn's document."),
  },
);

const stop = route(
  { act: 'stop' },
  {
    method: 'post',
    path: '/v1/turns/{turn}/stop',
    summary: 'Stops a turn: at once while it is queued or waits, else as soon as its worker hears of it',
    request: { params: idParam('turn') },
    responses: answers(z.object({ state: z.enum(['cancelled', 'stopping']) }), 'What has been done.'),
  },
);

const edit = route(
  { act: 'ask' },
  {
    method: 'patch',
    path: '/v1/turns/{turn}',
    summary: 'Changes what a queued turn of yours asks for',
    request: { params: idParam('turn'), body: body(z.object({ text: z.string().trim().min(1) })) },
    responses: answers(z.object({ edited: z.literal(true) }), 'It will run with the new words.'),
  },
);

const retry = route(
  { act: 'ask' },
  {
    method: 'post',
    path: '/v1/turns/{turn}/retry',
    summary: "Asks for the same again, as a new message of yours in the console's thread",
    request: { params: idParam('turn'), headers: IdempotencyKey },
    responses: answers(
      z.object({ thread: z.string(), message: Message }),
      'The message, and what became of it.',
    ),
  },
);

const steer = route(
  { act: 'ask' },
  {
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
  },
);

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
    const turn = await visibleTurn(caller(c), c.req.valid('param').turn);
    const [document] = foldDocuments(await deps.sessions.turnEvents(turn.turnId));
    if (!document) throw notFound('turn');
    return c.json(presentDocument(document), 200);
  });

  app.openapi(edit, async (c) => {
    const user = caller(c);
    const {
      turnId,
      authorId,
      sessionId,
      state,
      text: before,
    } = await visibleTurn(user, c.req.valid('param').turn);
    const { text } = c.req.valid('json');
    if (authorId !== user.userId) throw notYours();
    checkText({ text, files: [] }, deps.instance.maxMessageBytes);
    const edited = await deps.turns.editQueued(turnId, text, user.userId);
    if (!edited && (state !== 'queued' || text !== before)) throw begun();
    deps.live.publish({ kind: 'events', sessionId });
    return c.json({ edited: true as const }, 200);
  });

  app.openapi(retry, async (c) => {
    const user = caller(c);
    const turn = await visibleTurn(user, c.req.valid('param').turn);
    const session = await visibleSession(deps, user, turn.sessionId);
    if (session.thread.platform !== 'console') throw elsewhere();
    const key = c.req.valid('header')['idempotency-key'];
    const message = { text: turn.text, files: [] };
    return c.json(await say(deps, user, session.thread.thread, message, key), 200);
  });

  app.openapi(steer, async (c) => {
    const user = caller(c);
    const { turnId } = await visibleTurn(user, c.req.valid('param').turn);
    const { sessionId, into, waits } = await deps.steers.ask(turnId, {
      userId: user.userId,
      name: user.name,
    });
    deps.live.publish({ kind: 'events', sessionId });
    return c.json({ into, waits }, 200);
  });

  app.openapi(stop, async (c) => {
    const user = caller(c);
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

function notYours(): DeckhandError {
  return new DeckhandError(
    'auth.not_allowed',
    'A request is its author’s to change. You can stop it, or ask anew.',
    {
      blame: 'policy',
    },
  );
}

function begun(): DeckhandError {
  return new DeckhandError(
    'turn.begun',
    'This turn has begun: it cannot be changed any more. Stop it, or write again.',
    {
      blame: 'asker',
    },
  );
}

function elsewhere(): DeckhandError {
  return new DeckhandError(
    'turn.elsewhere',
    'This thread is on a chat platform: ask again there, in your own name.',
    { blame: 'asker' },
  );
}
