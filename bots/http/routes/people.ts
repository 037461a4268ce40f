import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { DeckhandError } from '#core/errors.ts';
import { caller, signInBrowser, signOutBrowser, wholePerson } from '../auth.ts';
import type { HttpDeps, HttpEnv } from '../deps.ts';
import { presentUser } from '../presenters.ts';
import { route, tell } from '../route.ts';
import { answers } from '../schemas.ts';

const linkLifeMs = 15 * 60_000;

const Me = z
  .object({
    userId: z.string(),
    name: z.string(),
    role: z.enum(['owner', 'admin', 'member', 'viewer']),
    timeZone: z.string(),
    language: z.string().nullable(),
    email: z.string().nullable(),
    may: z.array(z.string()),
    instance: z.object({
      version: z.string(),
      model: z.string(),
      demo: z.boolean(),
      maxMessageBytes: z.number().int(),
      maxFileBytes: z.number().int(),
    }),
  })
  .openapi('Me');

const PreferencesBody = z.object({
  timeZone: z.string().refine(isTimeZone, 'write a time zone such as Europe/Berlin').optional(),
  language: z
    .string()
    .regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, 'write a language such as de or pt-BR')
    .nullable()
    .optional(),
  email: z.email('write an e-mail address such as ana@example.com').max(254).nullable().optional(),
});

const me = route(
  { act: 'read' },
  {
    method: 'get',
    path: '/v1/me',
    summary: 'Who calls, what this person may do, and what this instance is',
    responses: answers(Me, 'You.'),
  },
);

const prefer = route(
  { act: 'read', audit: 'preferences.set' },
  {
    method: 'patch',
    path: '/v1/me',
    summary: 'What your agent is told about you: time zone, language, and the e-mail for commits',
    request: {
      body: { content: { 'application/json': { schema: PreferencesBody } }, required: true },
    },
    responses: answers(Me, 'You.'),
  },
);

const signIn = route(
  { act: 'anyone', audit: 'sign_in' },
  {
    method: 'post',
    path: '/v1/sign-in',
    summary: 'Spends a one-time link and signs this browser in',
    request: {
      body: {
        content: { 'application/json': { schema: z.object({ token: z.string().min(1).max(200) }) } },
        required: true,
      },
    },
    responses: answers(z.object({ signedIn: z.literal(true) }), 'Signed in; the cookie is set.'),
  },
);

const signOut = route(
  { act: 'anyone', audit: 'sign_out' },
  {
    method: 'post',
    path: '/v1/sign-out',
    summary: "Ends this browser's session",
    responses: answers(z.object({ signedIn: z.literal(false) }), 'Signed out.'),
  },
);

const link = route(
  { act: 'read', audit: 'sign_in.link_made' },
  {
    method: 'post',
    path: '/v1/sign-in-links',
    summary: 'A new one-time sign-in link for yourself, good for 15 minutes',
    responses: answers(z.object({ path: z.string() }), 'The path to open in a browser.'),
  },
);

/** Who is here, and signing in and out. */
export function peopleRoutes(app: OpenAPIHono<HttpEnv>, deps: HttpDeps): void {
  const { credentials, instance, https } = deps;

  app.openapi(me, (c) => c.json({ ...presentUser(caller(c)), instance }, 200));

  app.openapi(prefer, async (c) => {
    const { userId } = caller(c);
    const user = await deps.identities.prefer(userId, c.req.valid('json'));
    return c.json({ ...presentUser(user), instance }, 200);
  });

  app.openapi(signIn, async (c) => {
    const userId = await credentials.redeemSignInLink(c.req.valid('json').token);
    if (!userId) {
      throw new DeckhandError(
        'auth.link_spent',
        'This link has been used or is too old. For a new one run “npm run -s deckhand -- sign-in” in the folder that Deckhand was started in.',
      );
    }
    await signInBrowser(c, credentials, userId, https);
    tell(c, { user: userId });
    return c.json({ signedIn: true as const }, 200);
  });

  app.openapi(signOut, async (c) => {
    await signOutBrowser(c, credentials);
    return c.json({ signedIn: false as const }, 200);
  });

  app.openapi(link, async (c) => {
    const { userId } = wholePerson(c);
    const token = await credentials.createSignInLink(userId, linkLifeMs);
    return c.json({ path: `/sign-in?token=${token}` }, 200);
  });
}

function isTimeZone(text: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
