import type { Context, MiddlewareHandler } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { DeckhandError } from '#core/errors.ts';
import type { Credentials, UserFacts } from '#core/identity/ports.ts';
import { type Act, acts, may } from '#core/identity/roles.ts';
import type { HttpEnv, Principal } from './deps.ts';
import type { KeyLimits } from './key-limits.ts';

const sessionLifeMs = 30 * 24 * 3600_000;
const cookieName = 'deckhand_session';

/** Finds out who calls: a key in `Authorization`, or the cookie of a browser that has signed in. */
export function identify(credentials: Credentials, limits: KeyLimits): MiddlewareHandler<HttpEnv> {
  return async (c, next) => {
    c.set('principal', null);
    const header = c.req.header('authorization');
    if (header !== undefined) {
      const given = /^Bearer (dhk_\S+)$/.exec(header)?.[1];
      const found = given ? await credentials.apiKey(given) : null;
      if (!found) {
        throw new DeckhandError(
          'auth.refused',
          'This key is not known here: it may be mistyped, revoked or too old. Make a new one and try again.',
        );
      }
      limits.take(found.key);
      const { user, key } = found;
      c.set('principal', { user, by: 'key', scopes: key.scopes, key, webSessionId: null });
    } else {
      const token = getCookie(c, cookieName);
      const found = token ? await credentials.webSession(token) : null;
      if (found) {
        const { webSessionId, ...user } = found;
        c.set('principal', { user, by: 'cookie', scopes: acts, key: null, webSessionId });
      }
    }
    await next();
  };
}

/**
 * The person who calls, if their role and their key allow this: the one place where both are asked.
 * @throws {DeckhandError} `auth.required`, `auth.not_allowed`, `auth.scope`
 */
export function allowed(c: Context<HttpEnv>, act: Act): UserFacts {
  const principal = signedIn(c);
  if (!may(principal.user.role, act)) {
    throw new DeckhandError(
      'auth.not_allowed',
      `Your role (${principal.user.role}) does not include this. An administrator can change that.`,
    );
  }
  if (!principal.scopes.includes(act))
    throw outOfScope(`It is for: ${principal.scopes.join(', ')}. This needs: ${act}.`);
  return principal.user;
}

/** The person who calls; the route has said what they must be allowed (`route.ts`). @throws `auth.required` */
export function caller(c: Context<HttpEnv>): UserFacts {
  return signedIn(c).user;
}

function signedIn(c: Context<HttpEnv>): Principal {
  const principal = c.get('principal');
  if (principal) return principal;
  throw new DeckhandError(
    'auth.required',
    'Nobody is signed in. Open the sign-in link that Deckhand printed when it started, or get a new one with “npm run -s deckhand -- sign-in”.',
  );
}

/** Refuses keys that may less than their person: with what this gives they could do everything. */
export function wholePerson(c: Context<HttpEnv>): UserFacts {
  const { user, scopes } = signedIn(c);
  if (!acts.every((act) => scopes.includes(act))) {
    throw outOfScope('Ways in are made with a key for everything, or in the browser.');
  }
  return user;
}

function outOfScope(why: string): DeckhandError {
  return new DeckhandError('auth.scope', `This key is not for that. ${why}`, { blame: 'policy' });
}

/** Gives the browser a session of its own for this person. */
export async function signInBrowser(
  c: Context<HttpEnv>,
  credentials: Credentials,
  userId: string,
  https: boolean,
): Promise<void> {
  const browser = c.req.header('user-agent') ?? '';
  const token = await credentials.createWebSession(userId, sessionLifeMs, browser);
  setCookie(c, cookieName, token, {
    httpOnly: true,
    sameSite: 'Strict',
    secure: https,
    path: '/',
    maxAge: sessionLifeMs / 1000,
  });
}

/** Ends the browser's session, here and in the browser. */
export async function signOutBrowser(c: Context<HttpEnv>, credentials: Credentials): Promise<void> {
  const token = getCookie(c, cookieName);
  if (token) await credentials.endWebSession(token);
  deleteCookie(c, cookieName, { path: '/' });
}
