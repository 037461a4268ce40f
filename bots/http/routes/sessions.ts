import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { foldDocuments } from '#core/chat/fold.ts';
import type { UserFacts } from '#core/identity/ports.ts';
import { maySee } from '#core/identity/visibility.ts';
import type { SessionFacts } from '#core/sessions/ports.ts';
import { allowed } from '../auth.ts';
import type { HttpDeps, HttpEnv } from '../deps.ts';
import { streamEvents } from '../event-stream.ts';
import { presentDocument, presentSession } from '../presenters.ts';
import { notFound } from '../problem.ts';
import { after, answers, idParam, streams } from '../schemas.ts';
import { type EventStreams, resumeAfter } from '../sse.ts';

export const Session = z
  .object({
    id: z.string(),
    thread: z.string(),
    platform: z.string(),
    title: z.string(),
    state: z.enum(['idle', 'queued', 'running', 'waiting']),
    ownerId: z.string(),
    template: z.string(),
    headSeq: z.number().int(),
    createdAt: z.string(),
    updatedAt: z.string(),
  })
  .openapi('Session');

/** A row of the log as it is kept; the shape of `body` belongs to `type`. */
const LoggedEvent = z
  .looseObject({ seq: z.number().int(), type: z.string(), turnId: z.string().nullable(), at: z.string() })
  .openapi('Event');

export const Document = z.looseObject({ turnId: z.string(), state: z.string() }).openapi('TurnDocument');

const list = createRoute({
  method: 'get',
  path: '/v1/sessions',
  summary: 'Sessions, newest activity first',
  request: {
    query: z.object({
      platform: z.enum(['console', 'slack', 'matrix', 'discord']).optional(),
      before: z.iso.datetime().optional(),
      limit: z.coerce.number().int().min(1).max(200).default(50),
    }),
  },
  responses: answers(z.object({ sessions: z.array(Session) }), 'Sessions.'),
});

const one = createRoute({
  method: 'get',
  path: '/v1/sessions/{session}',
  summary: 'A session',
  request: { params: idParam('session') },
  responses: answers(Session, 'The session.'),
});

const events = createRoute({
  method: 'get',
  path: '/v1/sessions/{session}/events',
  summary: 'Events of a session in order',
  request: {
    params: idParam('session'),
    query: z.object({ after, limit: z.coerce.number().int().min(1).max(1000).default(200) }),
  },
  responses: answers(z.object({ events: z.array(LoggedEvent) }), 'Events with seq > after.'),
});

const stream = createRoute({
  method: 'get',
  path: '/v1/sessions/{session}/stream',
  summary: 'Events of a session: those after `after`, then new ones as they are written',
  request: { params: idParam('session'), query: z.object({ after }) },
  responses: streams,
});

const documents = createRoute({
  method: 'get',
  path: '/v1/sessions/{session}/documents',
  summary: 'What the last turns of a session show',
  request: {
    params: idParam('session'),
    query: z.object({ turns: z.coerce.number().int().min(1).max(100).default(20) }),
  },
  responses: answers(z.object({ documents: z.array(Document) }), 'Documents in the order of their turns.'),
});

/** Sessions and their logs. */
export function sessionRoutes(app: OpenAPIHono<HttpEnv>, deps: HttpDeps, open: EventStreams): void {
  app.openapi(list, async (c) => {
    const user = allowed(c, 'read');
    const found = await deps.sessions.list(c.req.valid('query'));
    return c.json({ sessions: found.filter((session) => maySee(user, session)).map(presentSession) }, 200);
  });

  app.openapi(one, async (c) => {
    const session = await visibleSession(deps, allowed(c, 'read'), c.req.valid('param').session);
    return c.json(presentSession(session), 200);
  });

  app.openapi(events, async (c) => {
    const { sessionId } = await visibleSession(deps, allowed(c, 'read'), c.req.valid('param').session);
    const { after = 0, limit } = c.req.valid('query');
    return c.json({ events: await deps.sessions.events(sessionId, after, limit) }, 200);
  });

  app.openapi(stream, async (c) => {
    const { sessionId } = await visibleSession(deps, allowed(c, 'read'), c.req.valid('param').session);
    const from = resumeAfter(c, c.req.valid('query').after);
    return open.open((sink) => streamEvents(deps, sessionId, from, sink)) as never;
  });

  app.openapi(documents, async (c) => {
    const { sessionId } = await visibleSession(deps, allowed(c, 'read'), c.req.valid('param').session);
    const recent = await deps.sessions.recentEvents(sessionId, c.req.valid('query').turns);
    return c.json({ documents: foldDocuments(recent).map(presentDocument) }, 200);
  });
}

/** The session, if this person may know of it. @throws {DeckhandError} `not_found` */
export async function visibleSession(
  { sessions }: Pick<HttpDeps, 'sessions'>,
  user: UserFacts,
  sessionId: string,
): Promise<SessionFacts> {
  const session = await sessions.byId(sessionId);
  if (!session || !maySee(user, session)) throw notFound('session');
  return session;
}
