import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { stream } from 'hono/streaming';
import { exportLines } from '#core/events/export.ts';
import { allowed } from '../auth.ts';
import type { HttpDeps, HttpEnv } from '../deps.ts';
import { idParam, problem } from '../schemas.ts';
import { visibleSession } from './sessions.ts';

const rowsAtOnce = 500;

const exported = createRoute({
  method: 'get',
  path: '/v1/sessions/{session}/export',
  summary: "A session's whole log with its payloads, for `deckhand verify` and `deckhand replay`",
  request: { params: idParam('session') },
  responses: {
    200: { description: 'JSON Lines.', content: { 'application/jsonl': { schema: z.string() } } },
    default: problem,
  },
});

/** Logs to take away. */
export function exportRoutes(app: OpenAPIHono<HttpEnv>, deps: HttpDeps): void {
  app.openapi(exported, async (c) => {
    const user = allowed(c, 'administer');
    const { sessionId, headSeq, headHash } = await visibleSession(deps, user, c.req.valid('param').session);
    const head = { seq: headSeq, hash: headHash };
    const rows = (after: number) => deps.sessions.rows(sessionId, after, rowsAtOnce);
    const traffic = (after: number) => deps.egressLog.rows(sessionId, after, rowsAtOnce);
    c.header('content-type', 'application/jsonl');
    return stream(c, async (body) => {
      for await (const line of exportLines(sessionId, head, rows, deps.blobs.get, traffic))
        await body.writeln(line);
    }) as never;
  });
}
