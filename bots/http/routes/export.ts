import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { stream } from 'hono/streaming';
import { DeckhandError } from '#core/errors.ts';
import { exportLines } from '#core/events/export.ts';
import { verifyLog } from '#core/events/verify.ts';
import { verifyEgress } from '#core/events/verify-egress.ts';
import { caller } from '../auth.ts';
import type { HttpDeps, HttpEnv } from '../deps.ts';
import { asAnswer, route } from '../route.ts';
import { answers, idParam, problem } from '../schemas.ts';
import { visibleSession } from './sessions.ts';

const rowsAtOnce = 500;

const exported = route(
  { act: 'administer', audit: 'session.exported' },
  {
    method: 'get',
    path: '/v1/sessions/{session}/export',
    summary: "A session's whole log with its payloads, for `deckhand verify` and `deckhand replay`",
    request: { params: idParam('session') },
    responses: {
      200: { description: 'JSON Lines.', content: { 'application/jsonl': { schema: z.string() } } },
      default: problem,
    },
  },
);

const verification = route(
  { act: 'read' },
  {
    method: 'get',
    path: '/v1/sessions/{session}/verification',
    summary: "Is the session's log whole? Its chain, signatures, effects and egress's log, checked now",
    request: { params: idParam('session') },
    responses: answers(
      z.object({
        ok: z.boolean(),
        events: z.number().int(),
        erased: z.number().int().describe('Events that lost their words on request, as signed events say.'),
        head: z.string().nullable(),
        fault: z.object({ seq: z.number().int(), code: z.string(), message: z.string() }).nullable(),
      }),
      'The verdict, by the keys that are pinned on this machine.',
    ),
  },
);

/** Longer logs are checked by the command line, which has a process of its own. */
const mostRows = 50_000;

/** Logs to take away, and to check. */
export function exportRoutes(app: OpenAPIHono<HttpEnv>, deps: HttpDeps): void {
  app.openapi(exported, async (c) => {
    const user = caller(c);
    const { sessionId, headSeq, headHash } = await visibleSession(deps, user, c.req.valid('param').session);
    const head = { seq: headSeq, hash: headHash };
    const rows = (after: number) => deps.sessions.rows(sessionId, after, rowsAtOnce);
    const traffic = (after: number) => deps.egressLog.rows(sessionId, after, rowsAtOnce);
    c.header('content-type', 'application/jsonl');
    return asAnswer(
      stream(c, async (body) => {
        for await (const line of exportLines(sessionId, head, rows, deps.blobs.get, traffic))
          await body.writeln(line);
      }),
    );
  });

  app.openapi(verification, async (c) => {
    const { sessionId, headSeq, headHash } = await visibleSession(
      deps,
      caller(c),
      c.req.valid('param').session,
    );
    if (headSeq > mostRows) throw tooLong(sessionId);
    const rows = await all((after) => deps.sessions.rows(sessionId, after, rowsAtOnce));
    // What came behind the head that was read is part of the log, too.
    const verdict = await verifyLog(sessionId, rows, deps.verifier(), { seq: headSeq, hash: headHash });
    const traffic = verdict.ok ? await all((after) => deps.egressLog.rows(sessionId, after, rowsAtOnce)) : [];
    const fault = verdict.ok ? verifyEgress(sessionId, rows, traffic) : verdict.fault;
    const head = verdict.ok && !fault ? verdict.head.hash : null;
    const erased = verdict.ok ? verdict.erased : 0;
    return c.json({ ok: !fault, events: rows.length, erased, head, fault }, 200);
  });
}

async function all<Row extends { seq: number } | { n: number }>(
  read: (after: number) => Promise<Row[]>,
): Promise<Row[]> {
  const rows: Row[] = [];
  for (;;) {
    const last = rows.at(-1);
    const more = await read(last === undefined ? 0 : 'seq' in last ? last.seq : last.n);
    rows.push(...more);
    if (more.length < rowsAtOnce) return rows;
  }
}

function tooLong(sessionId: string): DeckhandError {
  return new DeckhandError(
    'session.too_long',
    `This log has more than ${mostRows} events. Check it with: npm run -s deckhand -- verify ${sessionId}`,
    { blame: 'asker' },
  );
}
