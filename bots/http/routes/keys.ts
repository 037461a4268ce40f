import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { DeckhandError } from '#core/errors.ts';
import type { KeyFacts } from '#core/identity/ports.ts';
import { may } from '#core/identity/roles.ts';
import { allowed, caller } from '../auth.ts';
import type { HttpDeps, HttpEnv } from '../deps.ts';
import { notFound } from '../problem.ts';
import { route, tell } from '../route.ts';
import { answers, body, idParam, Scopes } from '../schemas.ts';

const Key = z
  .object({
    id: z.string(),
    userId: z.string(),
    name: z.string(),
    hint: z.string().describe('Its last characters.'),
    scopes: Scopes,
    perMinute: z.number().int().nullable().describe('Requests a minute; null: no limit.'),
    createdAt: z.string(),
    usedAt: z.string().nullable().describe('To the minute.'),
    expiresAt: z.string().nullable(),
  })
  .openapi('Key');

const NewKey = z.object({
  name: z.string().trim().min(1).max(100),
  scopes: Scopes.describe('What a program with it may do, of what you may.'),
  perMinute: z.number().int().min(1).max(1_000_000).nullable().default(600),
  days: z.number().int().min(1).max(3650).nullable().default(90).describe('Null: it does not end by itself.'),
});

const list = route(
  { act: 'read' },
  {
    method: 'get',
    path: '/v1/keys',
    summary: 'Your keys, newest first; with `all`, those of everybody for administrators',
    request: { query: z.object({ all: z.enum(['true', 'false']).default('false') }) },
    responses: answers(z.object({ keys: z.array(Key) }), 'Keys that work.'),
  },
);

const create = route(
  { act: 'read', audit: 'key.made' },
  {
    method: 'post',
    path: '/v1/keys',
    summary: 'A new key. It is shown this once',
    request: { body: body(NewKey) },
    responses: answers(
      z.object({ key: z.string().describe('`dhk_…`: keep it now.'), facts: Key }),
      'The key.',
    ),
  },
);

const revoke = route(
  { act: 'read', audit: 'key.revoked' },
  {
    method: 'delete',
    path: '/v1/keys/{key}',
    summary: 'Ends a key at once; administrators end anybody’s',
    request: { params: idParam('key') },
    responses: answers(z.object({ revoked: z.literal(true) }), 'It works no more.'),
  },
);

const dayMs = 24 * 3600_000;

/** Keys of programs. */
export function keyRoutes(app: OpenAPIHono<HttpEnv>, { credentials }: HttpDeps): void {
  app.openapi(list, async (c) => {
    const everybodys = c.req.valid('query').all === 'true';
    const user = everybodys ? allowed(c, 'administer') : caller(c);
    const keys = await credentials.apiKeys(everybodys ? null : user.userId);
    return c.json({ keys: keys.map(presentKey) }, 200);
  });

  app.openapi(create, async (c) => {
    const user = caller(c);
    const { name, scopes, perMinute, days } = c.req.valid('json');
    const own = c.get('principal')?.scopes ?? [];
    const tooMuch = scopes.filter((scope) => !own.includes(scope) || !may(user.role, scope));
    if (tooMuch.length > 0) {
      throw new DeckhandError(
        'auth.scope',
        `A key may do no more than who makes it: you cannot give ${tooMuch.join(', ')}.`,
        { blame: 'policy' },
      );
    }
    const expiresAt = days === null ? null : new Date(Date.now() + days * dayMs).toISOString();
    const key = await credentials.createApiKey(user.userId, name, {
      ...{ scopes: [...new Set(scopes)], perMinute, expiresAt },
    });
    const made = await credentials.apiKey(key);
    if (!made) throw notFound('key');
    tell(c, { made: made.key.keyId, scopes: scopes.join(' ') });
    return c.json({ key, facts: presentKey(made.key) }, 200);
  });

  app.openapi(revoke, async (c) => {
    const user = caller(c);
    const { key: keyId } = c.req.valid('param');
    const found = await credentials.apiKeyById(keyId);
    if (!found || !(found.userId === user.userId || may(user.role, 'administer'))) throw notFound('key');
    if (found.userId !== user.userId) allowed(c, 'administer');
    if (!(await credentials.revokeApiKey(keyId))) throw notFound('key');
    return c.json({ revoked: true as const }, 200);
  });
}

function presentKey({
  keyId,
  userId,
  name,
  hint,
  scopes,
  perMinute,
  createdAt,
  usedAt,
  expiresAt,
}: KeyFacts) {
  return { id: keyId, userId, name, hint, scopes: [...scopes], perMinute, createdAt, usedAt, expiresAt };
}
