import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { maySee } from '#core/identity/visibility.ts';
import { caller } from '../auth.ts';
import type { HttpDeps, HttpEnv } from '../deps.ts';
import { route } from '../route.ts';
import { answers, limit } from '../schemas.ts';

const count = z.number().int();

const workers = route(
  { act: 'read' },
  {
    method: 'get',
    path: '/v1/workers',
    summary: 'Processes that run turns',
    responses: answers(
      z.object({
        workers: z.array(
          z
            .object({
              id: z.string(),
              host: z.string(),
              slots: count,
              running: count,
              startedAt: z.string(),
              seenAt: z.string(),
              alive: z.boolean().describe('Heard of within the last 6 s.'),
            })
            .openapi('Worker'),
        ),
      }),
      'Workers, oldest first.',
    ),
  },
);

const load = route(
  { act: 'read' },
  {
    method: 'get',
    path: '/v1/load',
    summary: 'How much there is to do now, and what happened in the last hours',
    request: { query: z.object({ hours: limit(24 * 14, 24) }) },
    responses: answers(
      z.object({
        now: z.object({
          queued: count,
          running: count,
          waiting: count,
          openApprovals: count,
          succeeded: count.describe('Within the last hour; so the next five.'),
          failed: count,
          cancelled: count,
          passed: count.describe('Requests at the door.'),
          refused: count,
          broken: count,
          sessions: count,
          people: count,
        }),
        hours: z.array(z.object({ hour: z.string(), turns: count, failed: count })),
      }),
      'Counts.',
    ),
  },
);

const failures = route(
  { act: 'read' },
  {
    method: 'get',
    path: '/v1/failures',
    summary: 'Turns that failed, newest first',
    request: { query: z.object({ hours: limit(24 * 14, 24), limit: limit(100, 20) }) },
    responses: answers(
      z.object({
        failures: z.array(
          z.object({
            turnId: z.string(),
            sessionId: z.string(),
            title: z.string(),
            code: z.string().nullable(),
            finishedAt: z.string(),
          }),
        ),
      }),
      'Of the sessions that you may know of.',
    ),
  },
);

/** What the instance is doing. */
export function loadRoutes(app: OpenAPIHono<HttpEnv>, deps: HttpDeps): void {
  app.openapi(workers, async (c) => {
    const found = await deps.load.workers();
    return c.json({ workers: found.map(({ workerId, ...facts }) => ({ id: workerId, ...facts })) }, 200);
  });

  app.openapi(load, async (c) => {
    const [now, hours] = await Promise.all([deps.load.now(), deps.load.hourly(c.req.valid('query').hours)]);
    return c.json({ now, hours }, 200);
  });

  app.openapi(failures, async (c) => {
    const user = caller(c);
    const { hours, limit: most } = c.req.valid('query');
    const found = await deps.load.failures(hours * 3600_000, most);
    const shown = await Promise.all(
      found.map(async ({ turnId, sessionId, code, finishedAt }) => {
        const session = await deps.sessions.byId(sessionId);
        if (!session || !maySee(user, session)) return [];
        return [{ turnId, sessionId, title: session.title, code, finishedAt }];
      }),
    );
    return c.json({ failures: shown.flat() }, 200);
  });
}
