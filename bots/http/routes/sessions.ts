import { randomUUID } from 'node:crypto';
import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { type ConsoleSaid, consoleThread } from '#bots/console/types.ts';
import { foldDocuments } from '#core/chat/fold.ts';
import { DeckhandError } from '#core/errors.ts';
import type { UserFacts } from '#core/identity/ports.ts';
import { may } from '#core/identity/roles.ts';
import { maySee } from '#core/identity/visibility.ts';
import { newId } from '#core/ids.ts';
import type { SessionFacts } from '#core/sessions/ports.ts';
import { caller } from '../auth.ts';
import type { HttpDeps, HttpEnv } from '../deps.ts';
import { Document } from '../document-schema.ts';
import { LoggedEvent } from '../event-schema.ts';
import { streamEvents } from '../event-stream.ts';
import type { LiveHub } from '../live-hub.ts';
import { presentDocument, presentSession, presentTurn } from '../presenters.ts';
import { notFound } from '../problem.ts';
import { asAnswer, route } from '../route.ts';
import { say } from '../say.ts';
import {
  after,
  answers,
  body,
  cursor,
  IdempotencyKey,
  idParam,
  limit,
  NewMessage,
  next,
  nextCursor,
  olderThan,
  Person,
  readCursor,
  streams,
} from '../schemas.ts';
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
    archivedAt: z.string().nullable().describe('When somebody put it away.'),
  })
  .openapi('Session');

export const Turn = z
  .object({
    id: z.string(),
    sessionId: z.string(),
    seq: z.number().int(),
    author: Person,
    state: z.enum(['queued', 'running', 'waiting', 'succeeded', 'failed', 'cancelled']),
    text: z.string(),
    stopping: z.boolean(),
    error: z.string().nullable().describe('Code of what failed.'),
    createdAt: z.string(),
    startedAt: z.string().nullable(),
    finishedAt: z.string().nullable(),
  })
  .openapi('Turn');

const list = route(
  { act: 'read' },
  {
    method: 'get',
    path: '/v1/sessions',
    summary: 'Sessions, newest activity first',
    request: {
      query: z.object({
        platform: z.enum(['console', 'slack', 'matrix', 'discord']).optional(),
        state: z.enum(['idle', 'queued', 'running', 'waiting']).optional(),
        owner: z.string().max(64).optional(),
        template: z.string().max(64).optional(),
        search: z.string().max(200).optional().describe('Words of the title.'),
        archived: z.enum(['true', 'false', 'all']).default('false'),
        cursor,
        limit: limit(200, 50),
      }),
    },
    responses: answers(
      z.object({ sessions: z.array(Session), next }),
      'Sessions, and the cursor of the next page.',
    ),
  },
);

const create = route(
  { act: 'ask' },
  {
    method: 'post',
    path: '/v1/sessions',
    summary: 'A new session in the console with its first message, and the template it is given',
    request: {
      headers: IdempotencyKey,
      body: body(NewMessage.extend({ template: z.string().max(64).optional() })),
    },
    responses: answers(
      z.object({ session: Session, thread: z.string(), turnId: z.string() }),
      'The session; the same idempotency key gives the same one.',
    ),
  },
);

const change = route(
  { act: 'ask' },
  {
    method: 'patch',
    path: '/v1/sessions/{session}',
    summary: 'Gives a session a title, puts it away or takes it out again',
    request: {
      params: idParam('session'),
      body: body(
        z.object({ title: z.string().trim().min(1).max(200).optional(), archived: z.boolean().optional() }),
      ),
    },
    responses: answers(Session, 'The session.'),
  },
);

const turns = route(
  { act: 'read' },
  {
    method: 'get',
    path: '/v1/sessions/{session}/turns',
    summary: 'Turns of a session, newest first',
    request: {
      params: idParam('session'),
      query: z.object({
        before: olderThan('Turns with a smaller seq.'),
        limit: limit(200, 50),
      }),
    },
    responses: answers(z.object({ turns: z.array(Turn) }), 'Turns.'),
  },
);

const one = route(
  { act: 'read' },
  {
    method: 'get',
    path: '/v1/sessions/{session}',
    summary: 'A session',
    request: { params: idParam('session') },
    responses: answers(Session, 'The session.'),
  },
);

const events = route(
  { act: 'read' },
  {
    method: 'get',
    path: '/v1/sessions/{session}/events',
    summary: 'Events of a session in order',
    request: {
      params: idParam('session'),
      query: z.object({ after, limit: z.coerce.number().int().min(1).max(1000).default(200) }),
    },
    responses: answers(z.object({ events: z.array(LoggedEvent) }), 'Events with seq > after.'),
  },
);

const stream = route(
  { act: 'read' },
  {
    method: 'get',
    path: '/v1/sessions/{session}/stream',
    summary: 'Events of a session: those after `after`, then new ones as they are written',
    request: { params: idParam('session'), query: z.object({ after }) },
    responses: streams,
  },
);

const documents = route(
  { act: 'read' },
  {
    method: 'get',
    path: '/v1/sessions/{session}/documents',
    summary: 'What the last turns of a session show',
    request: {
      params: idParam('session'),
      query: z.object({ turns: z.coerce.number().int().min(1).max(100).default(20) }),
    },
    responses: answers(z.object({ documents: z.array(Document) }), 'Documents in the order of their turns.'),
  },
);

/** Where a session stands in a list of the newest first. */
export const sessionPlace = z.tuple([z.iso.datetime(), z.string()]);
export const placeOf = ({ updatedAt, sessionId }: SessionFacts) => [updatedAt, sessionId];

/** Sessions and their logs. */
export function sessionRoutes(
  app: OpenAPIHono<HttpEnv>,
  deps: HttpDeps,
  open: EventStreams,
  hub: LiveHub,
): void {
  app.openapi(list, async (c) => {
    const user = caller(c);
    const { cursor: from, archived, owner, ...filter } = c.req.valid('query');
    const place = readCursor(from, sessionPlace);
    const sessions = await deps.sessions.list({
      ...filter,
      ownerId: owner,
      archived: archived === 'all' ? undefined : archived === 'true',
      seenBy: may(user.role, 'administer') ? undefined : user.userId,
      before: place?.[0],
      beforeId: place?.[1],
    });
    const page = sessions.map(presentSession);
    return c.json({ sessions: page, next: nextCursor(sessions, filter.limit, placeOf) }, 200);
  });

  app.openapi(create, async (c) => {
    const user = caller(c);
    const { template, ...message } = c.req.valid('json');
    const key = c.req.valid('header')['idempotency-key'] ?? randomUUID();
    const made = await say(deps, user, newId('thr'), message, key, template);
    const session = await deps.sessions.byThread(consoleThread(made.thread));
    const { outcome } = made.message.content as ConsoleSaid;
    if (outcome?.kind === 'refused')
      throw new DeckhandError(outcome.code, outcome.message, { blame: 'asker' });
    if (!session || outcome?.kind !== 'accepted') throw notTaken();
    const { thread } = made;
    return c.json({ session: presentSession(session), thread, turnId: outcome.turnId }, 200);
  });

  app.openapi(change, async (c) => {
    const user = caller(c);
    const session = await visibleSession(deps, user, c.req.valid('param').session);
    await deps.sessions.set(session.sessionId, c.req.valid('json'));
    return c.json(presentSession(await visibleSession(deps, user, session.sessionId)), 200);
  });

  app.openapi(turns, async (c) => {
    const { sessionId } = await visibleSession(deps, caller(c), c.req.valid('param').session);
    const { before, limit: most } = c.req.valid('query');
    const found = await deps.turns.list(sessionId, before ?? null, most);
    return c.json({ turns: found.map(presentTurn) }, 200);
  });

  app.openapi(one, async (c) => {
    const session = await visibleSession(deps, caller(c), c.req.valid('param').session);
    return c.json(presentSession(session), 200);
  });

  app.openapi(events, async (c) => {
    const { sessionId } = await visibleSession(deps, caller(c), c.req.valid('param').session);
    const { after = 0, limit } = c.req.valid('query');
    return c.json({ events: await deps.sessions.events(sessionId, after, limit) }, 200);
  });

  app.openapi(stream, async (c) => {
    const { sessionId } = await visibleSession(deps, caller(c), c.req.valid('param').session);
    const from = resumeAfter(c, c.req.valid('query').after);
    return asAnswer(open.open((sink) => streamEvents(deps, hub, sessionId, from, sink)));
  });

  app.openapi(documents, async (c) => {
    const { sessionId } = await visibleSession(deps, caller(c), c.req.valid('param').session);
    const recent = await deps.sessions.recentEvents(sessionId, c.req.valid('query').turns);
    return c.json({ documents: foldDocuments(recent).map(presentDocument) }, 200);
  });
}

function notTaken(): DeckhandError {
  return new DeckhandError(
    'request.invalid',
    'This is a command, and opens no session. Give it under /v1/commands.',
    { blame: 'asker' },
  );
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
