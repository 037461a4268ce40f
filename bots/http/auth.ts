import type { Context, MiddlewareHandler } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { DeckhandError } from '#core/errors.ts';
import type { Credentials, UserFacts } from '#core/identity/ports.ts';
import { type Act, may } from '#core/identity/roles.ts';
import type { HttpEnv } from './deps.ts';

const sessionLifeMs = 30 * 24 * 3600_000;
const cookieName = 'deckhand_session';

/** Finds out who calls: a key in `Authorization`, or the cookie of a browser that has signed in. */
export function identify(credentials: Credentials): MiddlewareHandler<HttpEnv> {
  return async (c, next) => {
    c.set('principal', null);
    const header = c.req.header('authorization');
    if (header !== undefined) {
      const key = /^Bearer (dhk_\S+)$/.exec(header)?.[1];
      const user = key ? await credentials.apiKey(key) : null;
      if (!user) {
        throw new DeckhandError('auth.refused', 'This key is not known here. Make a new one and try again.');
      }
      c.set('principal', { user, by: 'key' });
    } else {
      const token = getCookie(c, cookieName);
      const user = token ? await credentials.webSession(token) : null;
      if (user) c.set('principal', { user, by: 'cookie' });
    }
    await next();
  };
}

/**
 * The person who calls, if allowed to do this.
 * @throws {DeckhandError} `auth.required`, `auth.not_allowed`
 */
export function allowed(c: Context<HttpEnv>, act: Act): UserFacts {
  const principal = c.get('principal');
  if (!principal) {
    throw new DeckhandError(
      'auth.required',
      'Nobody is signed in. Open the sign-in link that Deckhand printed when it started, or get a new one with “npm run -s deckhand -- sign-in”.',
    );
  }
  if (!may(principal.user.role, act)) {
    throw new DeckhandError(
      'auth.not_allowed',
      `Your role (${principal.user.role}) does not include this. An administrator can change that.`,
    );
  }
  return principal.user;
}

/** Gives the browser a session of its own for this person. */
export async function signInBrowser(
  c: Context<HttpEnv>,
  credentials: Credentials,
  userId: string,
  https: boolean,
): Promise<void> {
  const token = await credentials.createWebSession(userId, sessionLifeMs);
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
