import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { DeckhandError } from '#core/errors.ts';
import { signInBrowser, wholePerson } from '../auth.ts';
import type { HttpDeps, HttpEnv } from '../deps.ts';
import { notFound } from '../problem.ts';
import { route, tell } from '../route.ts';
import { answers, body, idParam } from '../schemas.ts';

const login = z
  .string()
  .trim()
  .min(2)
  .max(64)
  .regex(/^[\p{L}\p{N}._@+-]+$/u, 'letters, digits and . _ @ + - only');
const password = z.string().min(12, 'a password has at least 12 characters').max(200);

const signIn = route(
  { act: 'anyone', audit: 'sign_in.by_password' },
  {
    method: 'post',
    path: '/v1/sign-in/password',
    summary: 'Signs this browser in by name and password',
    request: { body: body(z.object({ login: z.string().max(64), password: z.string().max(200) })) },
    responses: answers(z.object({ signedIn: z.literal(true) }), 'Signed in; the cookie is set.'),
  },
);
const set = route(
  { act: 'read', audit: 'account.set' },
  {
    method: 'put',
    path: '/v1/me/account',
    summary: 'Name and password to sign in with; every other browser of yours is signed out',
    request: { body: body(z.object({ login, password })) },
    responses: answers(z.object({ login: z.string() }), 'The name.'),
  },
);
const remove = route(
  { act: 'read', audit: 'account.removed' },
  {
    method: 'delete',
    path: '/v1/me/account',
    summary: 'Takes name and password away: you come in by links then',
    responses: answers(z.object({ removed: z.literal(true) }), 'Gone.'),
  },
);
const signIns = route(
  { act: 'read' },
  {
    method: 'get',
    path: '/v1/me/sign-ins',
    summary: 'Where you are signed in, and the name that you sign in with',
    responses: answers(
      z.object({
        login: z.string().nullable(),
        signIns: z.array(
          z.object({
            id: z.string(),
            browser: z.string(),
            createdAt: z.string(),
            seenAt: z.string(),
            expiresAt: z.string(),
            current: z.boolean(),
          }),
        ),
      }),
      'Browsers, last seen first.',
    ),
  },
);
const end = route(
  { act: 'read', audit: 'sign_in.ended' },
  {
    method: 'delete',
    path: '/v1/me/sign-ins/{signIn}',
    summary: 'Signs one of your browsers out',
    request: { params: idParam('signIn') },
    responses: answers(z.object({ ended: z.literal(true) }), 'Signed out.'),
  },
);

/** One's own ways in: password and browsers. */
export function accountRoutes(app: OpenAPIHono<HttpEnv>, deps: HttpDeps): void {
  const { accounts, credentials, https } = deps;

  app.openapi(signIn, async (c) => {
    const given = c.req.valid('json');
    const outcome = await accounts.signIn(given.login.trim(), given.password);
    if (outcome.kind === 'locked') throw locked(outcome.until);
    if (outcome.kind === 'wrong') {
      throw new DeckhandError(
        'auth.wrong',
        'Name or password is wrong. An administrator can make you a link.',
        {
          blame: 'asker',
        },
      );
    }
    await signInBrowser(c, credentials, outcome.userId, https);
    tell(c, { user: outcome.userId });
    return c.json({ signedIn: true as const }, 200);
  });

  app.openapi(set, async (c) => {
    const { userId } = wholePerson(c);
    const account = c.req.valid('json');
    await accounts.set(userId, account);
    const here = c.get('principal')?.webSessionId;
    for (const { id } of await credentials.webSessions(userId)) {
      if (id !== here) await credentials.endWebSessionOf(userId, id);
    }
    return c.json({ login: account.login.toLowerCase() }, 200);
  });

  app.openapi(remove, async (c) => {
    await accounts.set(wholePerson(c).userId, null);
    return c.json({ removed: true as const }, 200);
  });

  app.openapi(signIns, async (c) => {
    const { userId } = wholePerson(c);
    const here = c.get('principal')?.webSessionId;
    const [name, known] = await Promise.all([accounts.loginOf(userId), credentials.webSessions(userId)]);
    return c.json({ login: name, signIns: known.map((one) => ({ ...one, current: one.id === here })) }, 200);
  });

  app.openapi(end, async (c) => {
    const { userId } = wholePerson(c);
    if (!(await credentials.endWebSessionOf(userId, c.req.valid('param').signIn))) throw notFound('sign-in');
    return c.json({ ended: true as const }, 200);
  });
}

function locked(until: string): DeckhandError {
  const retryAfterMs = Math.max(1_000, Date.parse(until) - Date.now());
  return new DeckhandError(
    'auth.locked',
    `Too many wrong passwords: try again in ${Math.ceil(retryAfterMs / 60_000)} min, or use a sign-in link.`,
    { blame: 'asker', retryAfterMs },
  );
}
