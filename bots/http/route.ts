import { createRoute, type RouteConfig } from '@hono/zod-openapi';
import type { Context, MiddlewareHandler } from 'hono';
import { routePath } from 'hono/route';
import type { Act } from '#core/identity/roles.ts';
import { allowed } from './auth.ts';
import type { HttpEnv } from './deps.ts';
import { problemOf } from './problem.ts';

/** Who may call a route, and what the audit log calls it. */
export interface RouteRule {
  /** `anyone`: also whoever is not signed in. */
  act: Act | 'anyone';
  /** Left out where nothing changes, or where a session's own log tells it. */
  audit?: string;
}

/**
 * A route of the API. Its rule is kept before anything of the request is read, and stands in the OpenAPI document as
 * `x-act` and `x-audit`. What depends on whose thing it is, the handler decides with a function of core's.
 */
export function route<P extends string, R extends Omit<RouteConfig, 'path'> & { path: P }>(
  { act, audit }: RouteRule,
  config: R,
): ReturnType<typeof createRoute<P, R>> {
  const middleware: MiddlewareHandler<HttpEnv>[] = [];
  if (audit !== undefined) middleware.push(record(audit));
  if (act !== 'anyone') {
    middleware.push(async (c, next) => {
      allowed(c, act);
      await next();
    });
  }
  return createRoute<P, R>({
    ...config,
    ...{ operationId: operationOf(config), tags: [tagOf(config.path)], 'x-act': act },
    ...(audit === undefined ? {} : { 'x-audit': audit }),
    ...(act === 'anyone' ? { security: [] } : {}),
    // As a list of its own type it would stand in the type of every route.
    middleware: middleware as never,
  });
}

/** A stream or a file as an answer: its route's schema names it, types of answers know JSON and text alone. */
export const asAnswer = (response: Response): never => response as never;

/** What the handler tells the audit log of what it did. Never a secret, a key or a text. */
export function tell(c: Context<HttpEnv>, more: Record<string, string | number | boolean | null>): void {
  c.set('told', { ...c.get('told'), ...more });
}

/** Writes the answered request into the audit log; refused ones too. An answer that cannot be recorded is not given. */
function record(what: string): MiddlewareHandler<HttpEnv> {
  return async (c, next) => {
    await next();
    const principal = c.get('principal');
    const by = principal && {
      ...{ userId: principal.user.userId, name: principal.user.name },
      keyId: principal.key?.keyId ?? null,
    };
    const problem = c.error ? problemOf(c.error) : null;
    // A stranger's malformed requests are nobody's acts; they would only fill the log.
    if (!by && c.res.status >= 400) return;
    await c.get('auditLog').append({
      ...{ at: new Date().toISOString(), by, what, status: c.res.status, code: problem?.code ?? null },
      of: { ...namesIn(c), ...c.get('told') },
    });
  };
}

/** The names of an address are told, its tokens never come in addresses. */
function namesIn(c: Context): Record<string, string> {
  return routePath(c).includes(':') ? (c.req.param() as Record<string, string>) : {};
}

/** `GET /v1/sessions/{session}/turns` → `getSessionsBySessionTurns`. */
function operationOf({ method, path }: { method: string; path: string }): string {
  const parts = path.split('/').filter((part) => part !== '' && part !== 'v1');
  const words = parts.map((part) => (part.startsWith('{') ? `-by-${part.slice(1, -1)}` : part)).join('-');
  return `${method}-${words}`.replace(/[-.]+(\w)/g, (_, letter: string) => letter.toUpperCase());
}

function tagOf(path: string): string {
  return path.split('/')[2] ?? 'metrics';
}
