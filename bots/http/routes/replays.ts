import { type OpenAPIHono, z } from '@hono/zod-openapi';
import type { ReplayFacts } from '#core/events/replays-port.ts';
import { caller } from '../auth.ts';
import type { HttpDeps, HttpEnv } from '../deps.ts';
import { route } from '../route.ts';
import { answers, idParam, Person } from '../schemas.ts';
import { visibleSession } from './sessions.ts';

const Replay = z
  .object({
    id: z.string(),
    state: z.enum(['asked', 'running', 'settled']),
    askedBy: Person,
    askedAt: z.string(),
    settledAt: z.string().nullable(),
    result: z
      .object({
        verdict: z
          .enum(['identical', 'diverged', 'nothing', 'failed'])
          .describe('`nothing`: no turn could be compared. `failed`: it could not be done; see `message`.'),
        identical: z.number().int().describe('Turns that came to the same.'),
        otherHarness: z.number().int().describe('Turns of another version or setting, not gone through.'),
        divergence: z
          .object({ turnId: z.string(), key: z.string(), recorded: z.string(), found: z.string() })
          .nullable()
          .describe('The first place where log and harness part ways.'),
        message: z.string().nullable(),
      })
      .nullable(),
  })
  .openapi('Replay');
const Answer = z.object({ replay: Replay.nullable() });
const params = idParam('session');

const ask = route(
  { act: 'administer', audit: 'session.replayed' },
  {
    method: 'post',
    path: '/v1/sessions/{session}/replay',
    summary: 'Asks a worker to run the harness over the log again; while one is under way, that one is given',
    request: { params },
    responses: answers(Answer, 'The replay as it stands.'),
  },
);
const newest = route(
  { act: 'administer' },
  {
    method: 'get',
    path: '/v1/sessions/{session}/replay',
    summary: 'The newest replay of a session that was asked for here',
    request: { params },
    responses: answers(Answer, 'The replay; null: none was asked for.'),
  },
);

/** Replays: asked for here, done where the harness is. What they compare are payloads, which administrators alone see. */
export function replayRoutes(app: OpenAPIHono<HttpEnv>, deps: HttpDeps): void {
  app.openapi(ask, async (c) => {
    const user = caller(c);
    const { sessionId } = await visibleSession(deps, user, c.req.valid('param').session);
    return c.json({ replay: presentReplay(await deps.replays.ask(sessionId, user.userId)) }, 200);
  });

  app.openapi(newest, async (c) => {
    const { sessionId } = await visibleSession(deps, caller(c), c.req.valid('param').session);
    const found = await deps.replays.of(sessionId);
    return c.json({ replay: found && presentReplay(found) }, 200);
  });
}

function presentReplay({ replayId, ...rest }: ReplayFacts) {
  return { id: replayId, ...rest };
}
