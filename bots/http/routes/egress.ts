import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { may } from '#core/identity/roles.ts';
import { caller } from '../auth.ts';
import type { HttpDeps, HttpEnv } from '../deps.ts';
import { presentEgress } from '../presenters.ts';
import { route } from '../route.ts';
import {
  after,
  answers,
  cursor,
  idParam,
  limit,
  mostCount,
  next,
  nextCursor,
  readCursor,
} from '../schemas.ts';
import { visibleSession } from './sessions.ts';

const Entry = z
  .object({
    sessionId: z.string(),
    n: z.number().int(),
    turnId: z.string().nullable(),
    at: z.string(),
    method: z.string(),
    scheme: z.enum(['http', 'https']),
    host: z.string(),
    port: z.number().int(),
    path: z.string().describe('Without its query; secrets are masked.'),
    outcome: z.enum(['passed', 'refused', 'failed']),
    rule: z.string().describe('What decided: a rule, an answer of people, a check.'),
    code: z.string().nullable(),
    reason: z.string().nullable(),
    status: z.number().int().nullable(),
    secret: z.string().nullable().describe('Name of the secret that was put on.'),
    sent: z.number().int(),
    received: z.number().int(),
    ms: z.number().int(),
  })
  .openapi('EgressEntry');

const list = route(
  { act: 'read' },
  {
    method: 'get',
    path: '/v1/sessions/{session}/egress',
    summary: "What came to the door of a session's sandbox, in order",
    request: {
      params: idParam('session'),
      query: z.object({ after, limit: z.coerce.number().int().min(1).max(1000).default(200) }),
    },
    responses: answers(z.object({ entries: z.array(Entry) }), 'Entries with n > after.'),
  },
);

const search = route(
  { act: 'read' },
  {
    method: 'get',
    path: '/v1/egress',
    summary: 'What came to the doors of all sandboxes, newest first',
    request: {
      query: z.object({
        outcome: z.enum(['passed', 'refused', 'failed']).optional(),
        host: z.string().max(253).optional().describe('This host, and those below it.'),
        secret: z.string().max(64).optional(),
        session: z.string().max(64).optional(),
        cursor,
        limit: limit(500, 100),
      }),
    },
    responses: answers(z.object({ entries: z.array(Entry), next }), 'Of the sessions that you may know of.'),
  },
);

/** Egress's log. */
export function egressRoutes(app: OpenAPIHono<HttpEnv>, deps: HttpDeps): void {
  app.openapi(list, async (c) => {
    const { sessionId } = await visibleSession(deps, caller(c), c.req.valid('param').session);
    const { after = 0, limit } = c.req.valid('query');
    const rows = await deps.egressLog.rows(sessionId, after, limit);
    return c.json({ entries: rows.map(presentEgress) }, 200);
  });

  app.openapi(search, async (c) => {
    const user = caller(c);
    const { session, cursor: from, ...filter } = c.req.valid('query');
    const place = readCursor(from, z.tuple([z.string(), z.string(), z.number().int().max(mostCount)]));
    const rows = await deps.egressLog.search({
      ...filter,
      sessionId: session,
      seenBy: may(user.role, 'administer') ? undefined : user.userId,
      before: place ? { at: place[0], sessionId: place[1], n: place[2] } : undefined,
    });
    const entries = rows.map(presentEgress);
    const placeOf = ({ at, sessionId, n }: (typeof entries)[number]) => [at, sessionId, n];
    return c.json({ entries, next: nextCursor(entries, filter.limit, placeOf) }, 200);
  });
}
