import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { verifyAudit } from '#core/audit/chain.ts';
import type { AuditLog } from '#core/audit/ports.ts';
import type { HttpDeps, HttpEnv } from '../deps.ts';
import { route } from '../route.ts';
import { answers, limit, olderThan } from '../schemas.ts';

const Entry = z
  .object({
    n: z.number().int(),
    at: z.string(),
    by: z.object({ userId: z.string(), name: z.string(), keyId: z.string().nullable() }).nullable(),
    what: z.string(),
    status: z.number().int().describe('Below 400 it was done, else refused.'),
    code: z.string().nullable(),
    of: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  })
  .openapi('AuditEntry');

const list = route(
  { act: 'administer' },
  {
    method: 'get',
    path: '/v1/audit',
    summary: 'What people and programs did to this Deckhand, or were refused, newest first',
    request: {
      query: z.object({
        user: z.string().max(64).optional(),
        what: z.string().max(64).optional(),
        before: olderThan('Entries with n below this.'),
        limit: limit(500, 100),
      }),
    },
    responses: answers(z.object({ entries: z.array(Entry) }), 'Entries.'),
  },
);

const verification = route(
  { act: 'administer' },
  {
    method: 'get',
    path: '/v1/audit/verification',
    summary: 'Is the audit log whole? Its chain and signatures, checked now',
    responses: answers(
      z.object({
        ok: z.boolean(),
        entries: z.number().int(),
        head: z.string().nullable(),
        fault: z.object({ n: z.number().int(), message: z.string() }).nullable(),
      }),
      'The verdict.',
    ),
  },
);

const batch = 1000;

/** The audit log. */
export function auditRoutes(app: OpenAPIHono<HttpEnv>, { auditLog, verifier }: HttpDeps): void {
  app.openapi(list, async (c) => {
    const { user, ...filter } = c.req.valid('query');
    const found = await auditLog.list({ ...filter, userId: user });
    return c.json({ entries: found.map(({ n, entry }) => ({ n, ...entry })) }, 200);
  });

  app.openapi(verification, async (c) => {
    const verdict = await verifyAudit(inBatches(auditLog), verifier(), await auditLog.erased());
    return c.json(
      verdict.ok
        ? { ok: true, entries: verdict.entries, head: verdict.head, fault: null }
        : {
            ok: false,
            entries: verdict.n - 1,
            head: null,
            fault: { n: verdict.n, message: verdict.message },
          },
      200,
    );
  });
}

async function* inBatches(log: AuditLog) {
  for (let after = 0; ; ) {
    const rows = await log.rows(after, batch);
    yield rows;
    const last = rows.at(-1);
    if (!last || rows.length < batch) return;
    after = last.n;
  }
}
