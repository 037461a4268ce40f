import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { DeckhandError } from '#core/errors.ts';
import type { UserFacts } from '#core/identity/ports.ts';
import { may } from '#core/identity/roles.ts';
import { mayChangePolicy, mayReadPolicy } from '#core/policy/may-change.ts';
import type { PolicyOwner } from '#core/policy/ports.ts';
import { caller } from '../auth.ts';
import type { HttpDeps, HttpEnv } from '../deps.ts';
import { diffOf, LineDiff } from '../line-diff.ts';
import { presentPolicy } from '../policy-presenters.ts';
import { notFound } from '../problem.ts';
import { route } from '../route.ts';
import { answers, noVersion, Person, versionNumber } from '../schemas.ts';

export const Layer = z.enum(['system', 'workspace', 'user']);

const Policy = z
  .object({
    layer: Layer,
    owner: z.string().describe('Empty for the system; a workspace; a user.'),
    version: z.number().int().describe('0: the one that came with Deckhand.'),
    text: z.string(),
    savedBy: Person.nullable(),
    savedAt: z.string().nullable(),
  })
  .openapi('Policy');

const Held = Policy.extend({
  name: z.string().describe('Of the workspace or person.'),
  mayChange: z.boolean(),
});

const list = route(
  { act: 'read' },
  {
    method: 'get',
    path: '/v1/policies',
    summary: 'The policies that hold for you: of the system, of your workspaces, your own',
    responses: answers(
      z.object({ policies: z.array(Held) }),
      'Policies; those that were never saved are left out.',
    ),
  },
);

const params = z.object({ layer: Layer });
const query = z.object({ workspace: z.string().max(64).optional() });

const one = route(
  { act: 'read' },
  {
    method: 'get',
    path: '/v1/policies/{layer}',
    summary: 'A policy and its earlier versions, newest first',
    request: { params, query },
    responses: answers(
      z.object({ current: Policy.nullable(), versions: z.array(Policy), mayChange: z.boolean() }),
      'The policy.',
    ),
  },
);

const diff = route(
  { act: 'read' },
  {
    method: 'get',
    path: '/v1/policies/{layer}/diff',
    summary: 'What changed between two versions; without `to`, the newest',
    request: {
      params,
      query: query.extend({ from: versionNumber, to: versionNumber.optional() }),
    },
    responses: answers(LineDiff, 'Lines.'),
  },
);

const save = route(
  { act: 'read', audit: 'policy.saved' },
  {
    method: 'post',
    path: '/v1/policies/{layer}',
    summary: 'Saves a new version; a document with a mistake is refused with its line and the old one stays',
    request: {
      params,
      query,
      body: {
        content: {
          'application/json': {
            schema: z.object({
              text: z.string().max(200_000),
              after: versionNumber.optional().describe('The version that was edited.'),
            }),
          },
        },
        required: true,
      },
    },
    responses: answers(Policy, 'The version that holds now.'),
  },
);

const revert = route(
  { act: 'read', audit: 'policy.reverted' },
  {
    method: 'post',
    path: '/v1/policies/{layer}/revert',
    summary: 'Makes an earlier version the newest',
    request: {
      params,
      query,
      body: {
        content: { 'application/json': { schema: z.object({ version: versionNumber }) } },
        required: true,
      },
    },
    responses: answers(Policy, 'The version that holds now.'),
  },
);

const versionsShown = 50;
const allVersions = 10_000;

/** Policies: documents in versions. */
export function policyRoutes(app: OpenAPIHono<HttpEnv>, deps: HttpDeps): void {
  const { policies } = deps;

  app.openapi(list, async (c) => {
    const user = caller(c);
    const workspaces = await knownWorkspaces(deps, user);
    const owners: (PolicyOwner & { name: string })[] = [
      { layer: 'system', owner: '', name: 'This Deckhand' },
      ...workspaces.map(({ workspaceId, name }) => ({
        layer: 'workspace' as const,
        owner: workspaceId,
        name,
      })),
      { layer: 'user', owner: user.userId, name: user.name },
    ];
    const held = await Promise.all(
      owners.map(async ({ name, ...of }) => {
        const current = await policies.current(of);
        return current ? [{ ...presentPolicy(current), name, mayChange: mayChangePolicy(user, of) }] : [];
      }),
    );
    return c.json({ policies: held.flat() }, 200);
  });

  app.openapi(one, async (c) => {
    const user = caller(c);
    const of = await policyOwner(deps, user, c.req.valid('param').layer, c.req.valid('query').workspace);
    const [current, versions] = await Promise.all([
      policies.current(of),
      policies.history(of, versionsShown),
    ]);
    return c.json(
      {
        current: current && presentPolicy(current),
        versions: versions.map(presentPolicy),
        mayChange: mayChangePolicy(user, of),
      },
      200,
    );
  });

  app.openapi(diff, async (c) => {
    const { from, to, workspace } = c.req.valid('query');
    const of = await policyOwner(deps, caller(c), c.req.valid('param').layer, workspace);
    const all = await policies.history(of, allVersions);
    // Version 0 is what stood before the first one: of the system the shipped text, else nothing.
    const textOf = (version: number | undefined) => {
      const found = version === undefined ? all[0] : all.find((one) => one.version === version);
      if (!found && version !== undefined && version !== 0) throw noVersion(version);
      return found?.text ?? '';
    };
    return c.json(diffOf(textOf(from), textOf(to)), 200);
  });

  app.openapi(save, async (c) => {
    const user = caller(c);
    const of = await policyOwner(deps, user, c.req.valid('param').layer, c.req.valid('query').workspace);
    insist(user, of);
    const { text, after } = c.req.valid('json');
    return c.json(presentPolicy(await policies.save(of, text, user.userId, after)), 200);
  });

  app.openapi(revert, async (c) => {
    const user = caller(c);
    const of = await policyOwner(deps, user, c.req.valid('param').layer, c.req.valid('query').workspace);
    insist(user, of);
    return c.json(presentPolicy(await policies.revert(of, c.req.valid('json').version, user.userId)), 200);
  });
}

/** Those a person has to do with: their own, for administrators all. */
function knownWorkspaces({ workspaces }: Pick<HttpDeps, 'workspaces'>, user: UserFacts) {
  return may(user.role, 'administer') ? workspaces.all() : workspaces.of(user.userId);
}

/** Whose policy is meant: for `user` the caller's, for `workspace` the one named, else the caller's first. */
export async function policyOwner(
  deps: Pick<HttpDeps, 'workspaces'>,
  user: UserFacts,
  layer: PolicyOwner['layer'],
  workspace: string | undefined,
): Promise<PolicyOwner> {
  if (layer === 'system') return { layer, owner: '' };
  if (layer === 'user') return { layer, owner: user.userId };
  const known = await knownWorkspaces(deps, user);
  const found =
    workspace === undefined ? known[0] : known.find(({ workspaceId }) => workspaceId === workspace);
  const of = { layer, owner: found?.workspaceId ?? '' } as const;
  if (!found || !mayReadPolicy(user, of, true)) throw notFound('workspace');
  return of;
}

/** @throws {DeckhandError} `auth.not_allowed` */
export function insist(user: UserFacts, of: PolicyOwner): void {
  if (mayChangePolicy(user, of)) return;
  throw new DeckhandError(
    'auth.not_allowed',
    of.layer === 'user'
      ? 'This policy is its own person’s to change.'
      : `The ${of.layer} policy is for administrators to change. Propose what you need, or change your own policy.`,
    { blame: 'policy' },
  );
}
