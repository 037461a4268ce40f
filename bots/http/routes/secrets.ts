import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { DeckhandError } from '#core/errors.ts';
import type { UserFacts } from '#core/identity/ports.ts';
import { may } from '#core/identity/roles.ts';
import { enterSecrets } from '#core/secrets/enter-secrets.ts';
import { mayKnowOfSecret, mayManageSecret } from '#core/secrets/may-manage.ts';
import { presets } from '#core/secrets/presets.ts';
import { caller } from '../auth.ts';
import type { HttpDeps, HttpEnv } from '../deps.ts';
import { notFound } from '../problem.ts';
import { route } from '../route.ts';
import { answers, idParam, Person } from '../schemas.ts';
import { newSecrets, Presets, Preview, previewPaste, SecretInput } from '../secret-input.ts';
import { presentSecret } from '../secret-presenter.ts';

const Secret = z
  .object({
    id: z.string(),
    workspaceId: z.string(),
    whose: z.enum(['you', 'workspace']),
    name: z.string(),
    version: z.number().int(),
    goes: z.array(z.string()).describe('Where it may go and how, in words.'),
    bindings: z.array(z.looseObject({})),
    setBy: Person,
    setAt: z.string(),
    usedAt: z.string().nullable(),
  })
  .openapi('Secret');

const Workspace = z.object({ id: z.string(), name: z.string(), platform: z.string() }).openapi('Workspace');
const Whose = z.enum(['you', 'workspace']).default('you');

const list = route(
  { act: 'read' },
  {
    method: 'get',
    path: '/v1/secrets',
    summary:
      'Names of your secrets and of the defaults of your workspaces, and where they may go; never a value',
    responses: answers(
      z.object({
        secrets: z.array(Secret),
        workspaces: z.array(Workspace.extend({ member: z.boolean() })),
        mayManageDefaults: z.boolean(),
        presets: Presets,
      }),
      'Secrets.',
    ),
  },
);

const enter = route(
  { act: 'ask', audit: 'secret.entered' },
  {
    method: 'post',
    path: '/v1/secrets',
    summary: 'Enters secrets, all or none, in place of those of the same names',
    request: {
      body: {
        content: {
          'application/json': {
            schema: z.object({ workspaceId: z.string().max(64), whose: Whose, input: SecretInput }),
          },
        },
        required: true,
      },
    },
    responses: answers(z.object({ stored: z.array(z.string()) }), 'The names that were stored.'),
  },
);

const preview = route(
  { act: 'ask' },
  {
    method: 'post',
    path: '/v1/secrets/preview',
    summary: 'Reads the names in a pasted .env and stores nothing',
    request: {
      body: {
        content: { 'application/json': { schema: z.object({ text: z.string().max(200_000) }) } },
        required: true,
      },
    },
    responses: answers(Preview, 'The names.'),
  },
);

const remove = route(
  { act: 'read', audit: 'secret.removed' },
  {
    method: 'delete',
    path: '/v1/secrets/{secret}',
    summary: 'Removes a secret for good',
    request: { params: idParam('secret') },
    responses: answers(z.object({ removed: z.literal(true) }), 'It is gone.'),
  },
);

const keys = route(
  { act: 'administer' },
  {
    method: 'get',
    path: '/v1/secrets/keys',
    summary: 'How many secrets are under each master key',
    responses: answers(
      z.object({
        waiting: z.number().int().describe('Not taken over by egress yet.'),
        keys: z.array(z.object({ masterKeyId: z.string(), secrets: z.number().int() })),
      }),
      'Counts.',
    ),
  },
);

/** Secrets: names in and out, values only in. */
export function secretRoutes(app: OpenAPIHono<HttpEnv>, deps: HttpDeps): void {
  const { secrets, workspaces } = deps;

  async function memberOf(user: UserFacts): Promise<(workspaceId: string) => boolean> {
    const own = new Set((await workspaces.of(user.userId)).map(({ workspaceId }) => workspaceId));
    return (workspaceId) => own.has(workspaceId);
  }

  app.openapi(list, async (c) => {
    const user = caller(c);
    const isMember = await memberOf(user);
    const mayManageDefaults = may(user.role, 'administer');
    const known = await (mayManageDefaults ? workspaces.all() : workspaces.of(user.userId));
    const found = await Promise.all(
      known.flatMap(({ workspaceId: workspace }) => [
        secrets.list({ workspace, user: user.userId }),
        secrets.list({ workspace, user: null }),
      ]),
    );
    return c.json(
      {
        secrets: found.flat().map(presentSecret),
        workspaces: known.map(({ workspaceId, name, platform }) => ({
          id: workspaceId,
          name,
          platform,
          member: isMember(workspaceId),
        })),
        mayManageDefaults,
        presets: [...presets],
      },
      200,
    );
  });

  app.openapi(keys, async (c) => {
    caller(c);
    return c.json(await secrets.underKeys(), 200);
  });

  app.openapi(preview, (c) => {
    caller(c);
    return c.json(previewPaste(c.req.valid('json').text), 200);
  });

  app.openapi(enter, async (c) => {
    const user = caller(c);
    const { workspaceId, whose, input } = c.req.valid('json');
    const known = (await workspaces.all()).some((one) => one.workspaceId === workspaceId);
    const member = (await memberOf(user))(workspaceId);
    const owner = { workspace: workspaceId, user: whose === 'you' ? user.userId : null };
    if (!known || !(member || may(user.role, 'administer'))) throw notFound('workspace');
    if (!mayManageSecret(user, { user: owner.user, member })) throw notYours(owner.user === null);
    const given = newSecrets(input);
    await enterSecrets(secrets, { owner, secrets: given, by: user.userId });
    return c.json({ stored: given.map(({ name }) => name) }, 200);
  });

  app.openapi(remove, async (c) => {
    const user = caller(c);
    const found = await secrets.byId(c.req.valid('param').secret);
    const member = found !== null && (await memberOf(user))(found.workspace);
    if (!found || !mayKnowOfSecret(user, { user: found.user, member })) throw notFound('secret');
    // Whoever has left a workspace may still take their own out of it.
    if (found.user !== user.userId && !mayManageSecret(user, { user: found.user, member }))
      throw notYours(true);
    if (!(await secrets.remove(found.secretId, user.userId))) throw notFound('secret');
    return c.json({ removed: true as const }, 200);
  });
}

function notYours(isDefault: boolean): DeckhandError {
  return new DeckhandError(
    'auth.not_allowed',
    isDefault
      ? 'Defaults of a workspace are for administrators to set. Enter it as your own, or ask one.'
      : 'You have no account in this workspace, so a secret there would serve nobody.',
    { blame: 'policy' },
  );
}
