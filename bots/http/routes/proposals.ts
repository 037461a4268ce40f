import { type OpenAPIHono, z } from '@hono/zod-openapi';
import type { UserFacts } from '#core/identity/ports.ts';
import { mayChangePolicy } from '#core/policy/may-change.ts';
import type { Proposal as ProposalFacts } from '#core/policy/ports.ts';
import { caller } from '../auth.ts';
import type { HttpDeps, HttpEnv } from '../deps.ts';
import { diffOf, LineDiff } from '../line-diff.ts';
import { presentProposal } from '../policy-presenters.ts';
import { notFound } from '../problem.ts';
import { route } from '../route.ts';
import { answers, idParam, Person } from '../schemas.ts';
import { insist, Layer, policyOwner } from './policies.ts';

const Change = z.union([
  z.strictObject({ text: z.string().max(200_000) }),
  z.strictObject({ rule: z.string().max(10_000) }),
]);

const Proposal = z
  .object({
    id: z.string(),
    layer: Layer,
    owner: z.string(),
    change: Change,
    why: z.string(),
    proposedBy: Person,
    proposedAt: z.string(),
    state: z.enum(['open', 'applied', 'dropped']),
    decidedBy: Person.nullable(),
    decidedAt: z.string().nullable(),
    appliedVersion: z.number().int().nullable(),
  })
  .openapi('PolicyProposal');

const list = route(
  { act: 'read' },
  {
    method: 'get',
    path: '/v1/policy-proposals',
    summary: 'Open proposals that you may decide or have made, oldest first',
    responses: answers(
      z.object({ proposals: z.array(Proposal.extend({ mayDecide: z.boolean() })) }),
      'Proposals.',
    ),
  },
);

const propose = route(
  { act: 'ask', audit: 'policy.proposed' },
  {
    method: 'post',
    path: '/v1/policy-proposals',
    summary: 'Proposes a new document, or one rule to be added',
    request: {
      body: {
        content: {
          'application/json': {
            schema: z.object({
              layer: Layer,
              workspaceId: z.string().max(64).optional(),
              change: Change,
              why: z.string().min(1).max(1000),
            }),
          },
        },
        required: true,
      },
    },
    responses: answers(Proposal, 'The proposal.'),
  },
);

const diff = route(
  { act: 'read' },
  {
    method: 'get',
    path: '/v1/policy-proposals/{proposal}/diff',
    summary: 'What it changes, against the version that holds now',
    request: { params: idParam('proposal') },
    responses: answers(LineDiff, 'Lines.'),
  },
);

const apply = route(
  { act: 'read', audit: 'policy.applied' },
  {
    method: 'post',
    path: '/v1/policy-proposals/{proposal}/apply',
    summary: 'Makes it the next version of its policy',
    request: { params: idParam('proposal') },
    responses: answers(Proposal, 'The proposal as it stands now.'),
  },
);

const drop = route(
  { act: 'read', audit: 'policy.dropped' },
  {
    method: 'post',
    path: '/v1/policy-proposals/{proposal}/drop',
    summary: 'Settles it without a change',
    request: { params: idParam('proposal') },
    responses: answers(Proposal, 'The proposal as it stands now.'),
  },
);

/** Changes of policies that somebody else decides. */
export function proposalRoutes(app: OpenAPIHono<HttpEnv>, deps: HttpDeps): void {
  const { policies } = deps;
  const mine = (user: UserFacts, { proposedBy }: ProposalFacts) => proposedBy.userId === user.userId;

  async function visible(user: UserFacts, proposalId: string): Promise<ProposalFacts> {
    const found = await policies.proposal(proposalId);
    if (!found || !(mayChangePolicy(user, found) || mine(user, found))) throw notFound('proposal');
    return found;
  }
  const now = async (user: UserFacts, proposalId: string) => presentProposal(await visible(user, proposalId));

  app.openapi(list, async (c) => {
    const user = caller(c);
    const seen = (await policies.openProposals()).filter(
      (one) => mayChangePolicy(user, one) || mine(user, one),
    );
    const shown = seen.map((one) => ({ ...presentProposal(one), mayDecide: mayChangePolicy(user, one) }));
    return c.json({ proposals: shown }, 200);
  });

  app.openapi(propose, async (c) => {
    const user = caller(c);
    const { layer, workspaceId, change, why } = c.req.valid('json');
    const of = await policyOwner(deps, user, layer, workspaceId);
    return c.json(presentProposal(await policies.propose({ ...of, change, why, by: user.userId })), 200);
  });

  app.openapi(diff, async (c) => {
    const proposal = await visible(caller(c), c.req.valid('param').proposal);
    const now = (await policies.current(proposal))?.text ?? '';
    return c.json(diffOf(now, await policies.proposedText(proposal)), 200);
  });

  app.openapi(apply, async (c) => {
    const user = caller(c);
    const proposal = await visible(user, c.req.valid('param').proposal);
    insist(user, proposal);
    await policies.apply(proposal.proposalId, user.userId);
    return c.json(await now(user, proposal.proposalId), 200);
  });

  app.openapi(drop, async (c) => {
    const user = caller(c);
    const proposal = await visible(user, c.req.valid('param').proposal);
    if (!mine(user, proposal)) insist(user, proposal);
    await policies.drop(proposal.proposalId, user.userId);
    return c.json(await now(user, proposal.proposalId), 200);
  });
}
