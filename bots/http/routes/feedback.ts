import { type OpenAPIHono, z } from '@hono/zod-openapi';
import type { HttpDeps, HttpEnv } from '../deps.ts';
import { route } from '../route.ts';
import { answers } from '../schemas.ts';

const Entry = z
  .object({
    by: z.object({ userId: z.string(), name: z.string() }),
    sessionId: z.string().nullable(),
    text: z.string(),
    at: z.string(),
  })
  .openapi('Feedback');

const list = route(
  { act: 'administer' },
  {
    method: 'get',
    path: '/v1/feedback',
    summary: 'What people said about Deckhand with `feedback …`, newest first',
    request: { query: z.object({ limit: z.coerce.number().int().min(1).max(500).default(100) }) },
    responses: answers(z.object({ feedback: z.array(Entry) }), 'Feedback.'),
  },
);

/** What people think of Deckhand. */
export function feedbackRoutes(app: OpenAPIHono<HttpEnv>, deps: HttpDeps): void {
  app.openapi(list, async (c) => {
    return c.json({ feedback: await deps.feedback.list(c.req.valid('query').limit) }, 200);
  });
}
