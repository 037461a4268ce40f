import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { DeckhandError } from '#core/errors.ts';
import type { ErasureFacts } from '#core/identity/erasures-port.ts';
import { wholePerson } from '../auth.ts';
import type { HttpDeps, HttpEnv } from '../deps.ts';
import { notFound } from '../problem.ts';
import { route, tell } from '../route.ts';
import { answers, idParam } from '../schemas.ts';

const Erasure = z
  .object({
    id: z.string(),
    userId: z.string(),
    askedBy: z.string().describe('Id of the owner who asked for it.'),
    askedAt: z.string(),
    state: z
      .enum(['clearing', 'sweeping', 'done'])
      .describe('`clearing`: logs and tables. `sweeping`: they are clear; files go within the next hour.'),
    waitsFor: z.string().nullable().describe('What it waits for, in words.'),
    events: z.number().int().describe('Rows of logs that lost their words.'),
    blobs: z.number().int().describe('Files that are gone, older copies that nothing names among them.'),
    doneAt: z.string().nullable(),
  })
  .openapi('Erasure');
const params = idParam('user');

const erase = route(
  { act: 'administer', audit: 'user.data_erased' },
  {
    method: 'delete',
    path: '/v1/users/{user}/data',
    summary:
      "Erases a person's data, for good; owners only. Asked twice is one; logs still verify afterwards",
    request: { params },
    responses: answers(z.object({ erasure: Erasure }), 'How far it has come.'),
  },
);
const look = route(
  { act: 'administer' },
  {
    method: 'get',
    path: '/v1/users/{user}/data',
    summary: "How far the erasure of a person's data has come",
    request: { params },
    responses: answers(z.object({ erasure: Erasure.nullable() }), 'Null: nobody has asked for it.'),
  },
);

/** Deletion of a person's data on request: asked for here, done by a worker. */
export function erasureRoutes(app: OpenAPIHono<HttpEnv>, { people, erasures }: HttpDeps): void {
  app.openapi(erase, async (c) => {
    const by = wholePerson(c);
    const { user } = c.req.valid('param');
    if (!(await people.byId(user))) throw notFound('person');
    if (by.role !== 'owner') throw refused('auth.not_allowed', "People's data is erased by owners alone.");
    if (by.userId === user) {
      throw refused('user.own_data', 'Have another owner do it: who asked for it stays on record.');
    }
    const erasure = await erasures.ask(user, by);
    if (!erasure) throw notFound('person');
    tell(c, { erasure: erasure.erasureId });
    return c.json({ erasure: presentErasure(erasure) }, 200);
  });

  app.openapi(look, async (c) => {
    const { user } = c.req.valid('param');
    if (!(await people.byId(user))) throw notFound('person');
    const erasure = await erasures.of(user);
    return c.json({ erasure: erasure && presentErasure(erasure) }, 200);
  });
}

function presentErasure({ erasureId, ...rest }: ErasureFacts) {
  return { id: erasureId, ...rest };
}

function refused(code: string, message: string): DeckhandError {
  return new DeckhandError(code, message, { blame: 'policy' });
}
