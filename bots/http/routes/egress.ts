import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { allowed } from '../auth.ts';
import type { HttpDeps, HttpEnv } from '../deps.ts';
import { presentEgress } from '../presenters.ts';
import { after, answers, idParam } from '../schemas.ts';
import { visibleSession } from './sessions.ts';

const Entry = z
  .object({
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

const list = createRoute({
  method: 'get',
  path: '/v1/sessions/{session}/egress',
  summary: "What came to the door of a session's sandbox, in order",
  request: {
    params: idParam('session'),
    query: z.object({ after, limit: z.coerce.number().int().min(1).max(1000).default(200) }),
  },
  responses: answers(z.object({ entries: z.array(Entry) }), 'Entries with n > after.'),
});

/** Egress's log. */
export function egressRoutes(app: OpenAPIHono<HttpEnv>, deps: HttpDeps): void {
  app.openapi(list, async (c) => {
    const { sessionId } = await visibleSession(deps, allowed(c, 'read'), c.req.valid('param').session);
    const { after = 0, limit } = c.req.valid('query');
    const rows = await deps.egressLog.rows(sessionId, after, limit);
    return c.json({ entries: rows.map(presentEgress) }, 200);
  });
}
