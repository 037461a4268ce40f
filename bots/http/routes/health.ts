import { type OpenAPIHono, z } from '@hono/zod-openapi';
import type { HttpDeps, HttpEnv } from '../deps.ts';
import type { Metrics } from '../metrics.ts';
import { route } from '../route.ts';
import { answers, problem } from '../schemas.ts';

const Check = z.object({ name: z.string(), ok: z.boolean(), detail: z.string() });

const Health = z.object({ ok: z.boolean(), version: z.string(), checks: z.array(Check) }).openapi('Health');

const health = route(
  { act: 'anyone' },
  {
    method: 'get',
    path: '/v1/health',
    summary: 'Is this instance well? What it found in detail is only for those who are signed in',
    responses: answers(Health, 'How it is.'),
  },
);
const Ready = z.object({ ready: z.boolean() });
const ready = route(
  { act: 'anyone' },
  {
    method: 'get',
    path: '/v1/ready',
    summary: 'May a load balancer send requests here? 200 while the database answers, else 503',
    responses: {
      200: { content: { 'application/json': { schema: Ready } }, description: 'Yes.' },
      503: { content: { 'application/json': { schema: Ready } }, description: 'Not now.' },
      default: problem,
    },
  },
);
const figures = route(
  { act: 'read' },
  {
    method: 'get',
    path: '/metrics',
    summary: 'Figures for Prometheus; give it a key that may only read',
    responses: {
      200: { content: { 'text/plain': { schema: z.string() } }, description: "Prometheus' text format." },
      default: problem,
    },
  },
);
const settings = route(
  { act: 'administer' },
  {
    method: 'get',
    path: '/v1/settings',
    summary: 'What this instance was started with; keys and addresses are told as set or not',
    responses: answers(
      z.object({
        settings: z.array(
          z.object({
            name: z.string(),
            value: z.string().nullable().describe('Null: not set.'),
            usual: z.boolean().describe('It is what holds when nothing is set.'),
            about: z.string(),
          }),
        ),
      }),
      'Settings.',
    ),
  },
);

/** Health, also for load balancers: open to all, and then without details. */
export function healthRoutes(app: OpenAPIHono<HttpEnv>, deps: HttpDeps, metrics: Metrics): void {
  app.openapi(health, async (c) => {
    const checks = await deps.health();
    const ok = checks.every((check) => check.ok);
    const known = c.get('principal') !== null;
    return c.json({ ok, version: deps.instance.version, checks: known ? checks : [] }, 200);
  });

  app.openapi(ready, async (c) => {
    const database = (await deps.health()).find(({ name }) => name === 'database');
    const isReady = database?.ok ?? false;
    return c.json({ ready: isReady }, isReady ? 200 : 503);
  });

  app.openapi(figures, async (c) =>
    c.text(await metrics.text(), 200, { 'content-type': metrics.contentType }),
  );

  app.openapi(settings, (c) => c.json({ settings: [...deps.settings] }, 200));
}
