import { OpenAPIHono } from '@hono/zod-openapi';
import { bodyLimit } from 'hono/body-limit';
import type { PageFiles } from '#bots/admin/files.ts';
import { DeckhandError } from '#core/errors.ts';
import { identify } from './auth.ts';
import type { HttpDeps, HttpEnv } from './deps.ts';
import { checkHost, checkSameSite, secureHeaders, withoutZeroBytes } from './guard.ts';
import { openKeyLimits } from './key-limits.ts';
import type { LiveHub } from './live-hub.ts';
import { openMetrics } from './metrics.ts';
import { notFound, problemResponse } from './problem.ts';
import { accountRoutes } from './routes/accounts.ts';
import { approvalRoutes } from './routes/approvals.ts';
import { auditRoutes } from './routes/audit.ts';
import { commandRoutes } from './routes/commands.ts';
import { egressRoutes } from './routes/egress.ts';
import { erasureRoutes } from './routes/erasures.ts';
import { exportRoutes } from './routes/export.ts';
import { feedbackRoutes } from './routes/feedback.ts';
import { fileRoutes } from './routes/files.ts';
import { healthRoutes } from './routes/health.ts';
import { keyRoutes } from './routes/keys.ts';
import { loadRoutes } from './routes/load.ts';
import { peopleRoutes } from './routes/people.ts';
import { policyRoutes } from './routes/policies.ts';
import { proposalRoutes } from './routes/proposals.ts';
import { replayRoutes } from './routes/replays.ts';
import { scheduleRoutes } from './routes/schedules.ts';
import { secretLinkRoutes } from './routes/secret-links.ts';
import { secretRoutes } from './routes/secrets.ts';
import { sessionRoutes } from './routes/sessions.ts';
import { templateProposalRoutes } from './routes/template-proposals.ts';
import { templateRoutes } from './routes/templates.ts';
import { threadRoutes } from './routes/threads.ts';
import { toolSignInRoutes } from './routes/tool-sign-ins.ts';
import { turnRoutes } from './routes/turns.ts';
import { usageRoutes } from './routes/usage.ts';
import { userRoutes } from './routes/users.ts';
import type { EventStreams } from './sse.ts';

/** The API under /v1 and the page at /: order of the guards, table of the routes. */
export function createApp(
  deps: HttpDeps,
  streams: EventStreams,
  hub: LiveHub,
  page: PageFiles,
): OpenAPIHono<HttpEnv> {
  const app = new OpenAPIHono<HttpEnv>({
    defaultHook: (result) => {
      if (!result.success) throw invalid(result.error.issues);
    },
  });
  app.onError((fault, c) => problemResponse(c, fault, deps.log));
  app.notFound((c) => problemResponse(c, notFound('page'), deps.log));

  const metrics = openMetrics(deps.load, streams.count);
  app.use('/v1/*', metrics.watch);
  app.use(secureHeaders(page.contentSecurityPolicy));
  app.use(checkHost(deps.hostNames));
  for (const [path, handle] of Object.entries(deps.platforms ?? {})) {
    app.post(path, (c) => handle(c.req.raw));
  }
  app.use(async (c, next) => {
    c.set('auditLog', deps.auditLog);
    await next();
  });
  const who = identify(deps.credentials, openKeyLimits());
  app.use('/v1/*', who, checkSameSite());
  app.use('/metrics', who);
  app.use('/v1/*', limitBodies(deps.instance.maxMessageBytes), withoutZeroBytes());

  threadRoutes(app, deps, streams, hub);
  sessionRoutes(app, deps, streams, hub);
  egressRoutes(app, deps);
  exportRoutes(app, deps);
  replayRoutes(app, deps);
  turnRoutes(app, deps);
  approvalRoutes(app, deps);
  scheduleRoutes(app, deps);
  commandRoutes(app, deps);
  fileRoutes(app, deps);
  templateRoutes(app, deps);
  feedbackRoutes(app, deps);
  usageRoutes(app, deps);
  secretRoutes(app, deps);
  secretLinkRoutes(app, deps);
  toolSignInRoutes(app, deps);
  policyRoutes(app, deps);
  proposalRoutes(app, deps);
  peopleRoutes(app, deps);
  healthRoutes(app, deps, metrics);
  keyRoutes(app, deps);
  userRoutes(app, deps);
  erasureRoutes(app, deps);
  accountRoutes(app, deps);
  auditRoutes(app, deps);
  loadRoutes(app, deps);
  templateProposalRoutes(app, deps);
  describe(app, deps.instance.version);
  app.get('*', (c) => page.respond(c.req.path, c.req.header()) ?? c.notFound());
  return app;
}

/** The OpenAPI document of all routes before it. */
function describe(app: OpenAPIHono<HttpEnv>, version: string): void {
  app.openAPIRegistry.registerComponent('securitySchemes', 'key', {
    type: 'http',
    scheme: 'bearer',
    description: 'A key of yours, `dhk_…`. Browsers have a cookie instead.',
  });
  app.doc31('/v1/openapi.json', {
    openapi: '3.1.0',
    info: {
      title: 'Deckhand',
      version,
      description:
        'Sessions, turns and events; approvals; what agents are and may; who is here, and what happened.',
    },
    servers: [{ url: '/' }],
    security: [{ key: [] }],
  });
}

/** JSON may write each byte of a message as six; files have a limit of their own, kept while they stream. */
function limitBodies(maxMessageBytes: number) {
  const json = bodyLimit({
    maxSize: 6 * maxMessageBytes + 64 * 1024,
    onError: () => {
      throw new DeckhandError(
        'http.body_too_large',
        `This request is too large: a message may have ${Math.ceil(maxMessageBytes / 1024)} KiB. Send the long part as a file.`,
      );
    },
  });
  return ((c, next) => (c.req.path === '/v1/files' ? next() : json(c, next))) satisfies typeof json;
}

function invalid(issues: readonly { path: PropertyKey[]; message: string }[]): DeckhandError {
  const faults = issues.map(({ path, message }) => `${path.map(String).join('.') || 'body'}: ${message}`);
  return new DeckhandError('request.invalid', `The request cannot be used. ${faults.join('; ')}.`);
}
