import { randomBytes } from 'node:crypto';
import { type OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import { DeckhandError } from '#core/errors.ts';
import { signInWish } from '#core/mcp/sign-in-wish.ts';
import { sealEntry } from '#core/secrets/entry-seal.ts';
import { mayManageSecret } from '#core/secrets/may-manage.ts';
import {
  type BroughtBack,
  type SignInFacts,
  type SignInStep,
  signInLifeMs,
  signInPlace,
} from '#core/secrets/sign-ins.ts';
import { caller } from '../auth.ts';
import type { HttpDeps, HttpEnv } from '../deps.ts';
import { notFound } from '../problem.ts';
import { route, tell } from '../route.ts';
import { answers } from '../schemas.ts';

/** Egress asks others over the network; each of its steps is bounded there. */
const stepMs = 40_000;
/** The browser that a sign-in was begun in, and no other, may end it. */
const cookieName = 'deckhand_sign_in';

const token = z.string().min(1).max(200);
const json = <Schema extends z.ZodType>(schema: Schema) => ({
  body: { content: { 'application/json': { schema } }, required: true as const },
});

const create = route(
  { act: 'ask', audit: 'tool_sign_in.link_made' },
  {
    method: 'post',
    path: '/v1/tool-sign-ins',
    summary: 'A link to sign in at a tool server of a thread for yourself, good for 15 minutes',
    request: json(z.object({ session: z.string().max(64), server: z.string().max(64) })),
    responses: answers(z.object({ path: z.string() }), 'The path to open in a browser.'),
  },
);

// Tokens travel in bodies: addresses end up in logs of proxies.
const look = route(
  { act: 'anyone' },
  {
    method: 'post',
    path: '/v1/tool-sign-ins/look',
    summary: 'Who a link signs in, and where; looking spends nothing',
    request: json(z.object({ token })),
    responses: answers(
      z.object({ person: z.string(), server: z.string(), host: z.string(), expiresAt: z.string() }),
      'The link.',
    ),
  },
);

const begin = route(
  { act: 'anyone' },
  {
    method: 'post',
    path: '/v1/tool-sign-ins/begin',
    summary: 'Finds out where one signs in, and binds what follows to this browser',
    request: json(z.object({ token })),
    responses: answers(
      z.object({ authorizeUrl: z.string(), at: z.string().describe('The host where one signs in.') }),
      'Where to go.',
    ),
  },
);

const returned = route(
  { act: 'anyone', audit: 'tool_sign_in.returned' },
  {
    method: 'post',
    path: '/v1/tool-sign-ins/return',
    summary: 'Takes what the authorization server sent the browser back with, and ends the sign-in',
    request: json(
      z.object({
        state: z.string().min(1).max(200),
        code: z.string().min(1).max(4096).optional(),
        iss: z.string().max(500).optional(),
        error: z.string().max(200).optional(),
      }),
    ),
    responses: answers(z.object({ server: z.string() }), 'Signed in.'),
  },
);

/** Signing in at tool servers (OAuth). Bots only pass on: the rest is egress's, which alone sees tokens. */
export function toolSignInRoutes(app: OpenAPIHono<HttpEnv>, deps: HttpDeps): void {
  const { signIns, sessions, templates, identities, workspaces, secrets } = deps;

  /** May this person still have secrets there? And is it not somebody else who is signed in here? */
  async function mustBeTheirs(c: Context<HttpEnv>, facts: SignInFacts | null) {
    const person = facts && (await identities.byId(facts.userId));
    const member =
      facts !== null &&
      (await workspaces.of(facts.userId)).some(({ workspaceId }) => workspaceId === facts.workspaceId);
    const here = c.get('principal')?.user.userId;
    const other = here !== undefined && here !== facts?.userId;
    if (!facts || !person || other || !mayManageSecret(person, { user: person.userId, member }))
      throw spent();
    return { facts, person };
  }

  app.openapi(create, async (c) => {
    const user = caller(c);
    const { session: sessionId, server } = c.req.valid('json');
    const session = await sessions.byId(sessionId);
    const own = await workspaces.of(user.userId);
    const member = own.some(({ workspaceId }) => workspaceId === session?.workspaceId);
    if (!session || !member) throw notFound('session');
    const reader = { workspaceId: session.workspaceId, userId: user.userId };
    const { template } = await templates.resolve(session.template, reader);
    const wish = signInWish(server, template, session, user.userId);
    if (!mayManageSecret(user, { user: user.userId, member })) throw spent();
    return c.json({ path: `/l/${await signIns.create(wish, signInLifeMs)}` }, 200);
  });

  app.openapi(look, async (c) => {
    const found = await signIns.look(c.req.valid('json').token);
    const { facts, person } = await mustBeTheirs(c, found);
    const { server, url, expiresAt } = facts;
    return c.json({ person: person.name, server, host: new URL(url).host, expiresAt }, 200);
  });

  app.openapi(begin, async (c) => {
    const given = c.req.valid('json').token;
    await mustBeTheirs(c, await signIns.look(given));
    const browser = randomBytes(32).toString('base64url');
    const facts = await signIns.begin(given, browser, `${deps.pageUrl}/oauth/callback`);
    if (!facts) throw spent();
    const step = await signIns.step(facts, stepMs);
    if (step?.kind !== 'ready') throw notNow(step);
    setCookie(c, cookieName, browser, {
      path: '/v1/tool-sign-ins',
      httpOnly: true,
      sameSite: 'Strict',
      secure: deps.https,
      maxAge: signInLifeMs / 1000,
    });
    // Where the browser goes, not who says so: an authorization server may name another's page.
    return c.json({ authorizeUrl: step.authorizeUrl, at: new URL(step.authorizeUrl).host }, 200);
  });

  app.openapi(returned, async (c) => {
    const { state, code, iss = null, error } = c.req.valid('json');
    const found = await signIns.returned(state, getCookie(c, cookieName) ?? '');
    const { facts } = await mustBeTheirs(c, found);
    const { server, userId } = facts;
    tell(c, { server, userId });
    if (code === undefined) {
      const words = refusalWords(error ?? 'nothing', server);
      await signIns.fail(facts, words);
      throw notNow({ kind: 'failed', words });
    }
    const key = await secrets.egressKey();
    if (!key) throw notNow(null);
    const brought: BroughtBack = { code, iss };
    const entry = sealEntry(JSON.stringify(brought), signInPlace(facts, 'code'), key.publicKey);
    if (!(await signIns.hand(facts, { entry, keyId: key.keyId }))) throw spent();
    const step = await signIns.step(facts, stepMs);
    if (step?.kind !== 'done') throw notNow(step);
    return c.json({ server: step.server }, 200);
  });
}

/** What the authorization server sends with the browser (RFC 6749 §4.1.2.1); a stranger can write it, so it is cut. */
function refusalWords(error: string, server: string): string {
  if (error === 'access_denied')
    return `You did not allow it, so nothing has changed. Ask for another link with \`signin ${server}\` if you want to after all.`;
  return `Signing in did not work: the server there said ${error.replace(/[^\w .-]/g, '').slice(0, 60)}.`;
}

function spent(): DeckhandError {
  return new DeckhandError(
    'sign_in_link_spent',
    'This link has been used, is too old, or belongs to another browser or person. Ask Deckhand for a new one in your thread: `signin SERVER`.',
    { blame: 'asker' },
  );
}

function notNow(step: SignInStep | null): DeckhandError {
  if (step?.kind === 'failed')
    return new DeckhandError('sign_in_failed', step.words, { blame: 'asker', retryable: true });
  return new DeckhandError(
    'secret_no_egress',
    'Signing in takes too long: the egress role, which does it, does not answer. Try again in a moment.',
    { blame: 'machine', retryable: true },
  );
}
