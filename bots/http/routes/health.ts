import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { HttpDeps, HttpEnv } from '../deps.ts';
import { answers } from '../schemas.ts';

const Check = z.object({ name: z.string(), ok: z.boolean(), detail: z.string() });

const Health = z.object({ ok: z.boolean(), version: z.string(), checks: z.array(Check) }).openapi('Health');

const health = createRoute({
  method: 'get',
  path: '/v1/health',
  summary: 'Is this instance well? What it found in detail is only for those who are signed in',
  responses: answers(Health, 'How it is.'),
});

/** Health, also for load balancers: open to all, and then without details. */
export function healthRoutes(app: OpenAPIHono<HttpEnv>, deps: HttpDeps): void {
  app.openapi(health, async (c) => {
    const checks = await deps.health();
    const ok = checks.every((check) => check.ok);
    const known = c.get('principal') !== null;
    return c.json({ ok, version: deps.instance.version, checks: known ? checks : [] }, 200);
  });
}
