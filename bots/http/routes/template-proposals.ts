import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { DeckhandError } from '#core/errors.ts';
import type { UserFacts } from '#core/identity/ports.ts';
import { templateLayers } from '#core/templates/document.ts';
import { mayEditLayer } from '#core/templates/may-edit.ts';
import { parseTemplate } from '#core/templates/parse.ts';
import type { TemplateProposal, TemplateSlot } from '#core/templates/ports.ts';
import { caller } from '../auth.ts';
import type { HttpDeps, HttpEnv } from '../deps.ts';
import { diffOf, LineDiff } from '../line-diff.ts';
import { notFound } from '../problem.ts';
import { route } from '../route.ts';
import { answers, body, idParam, Person } from '../schemas.ts';
import { templateSlot } from '../template-slot.ts';

const layer = z.enum(templateLayers);
const Proposal = z
  .object({
    id: z.string(),
    layer,
    name: z.string(),
    base: z
      .number()
      .int()
      .describe('The version that was read when it was written; 0: what is shipped, or none.'),
    text: z.string().nullable().describe("Null: the layer's word is taken back."),
    why: z.string(),
    proposedBy: Person,
    proposedAt: z.string(),
    state: z.enum(['open', 'applied', 'dropped']),
    decidedBy: Person.nullable(),
    decidedAt: z.string().nullable(),
    appliedVersion: z.number().int().nullable(),
    mayDecide: z.boolean(),
  })
  .openapi('TemplateProposal');
const path = '/v1/template-proposals/{proposal}' as const;
const params = idParam('proposal');

const list = route(
  { act: 'read' },
  {
    method: 'get',
    path: '/v1/template-proposals',
    summary: 'Open proposals that you may decide or have made, oldest first',
    responses: answers(z.object({ proposals: z.array(Proposal) }), 'Proposals.'),
  },
);
const propose = route(
  { act: 'ask', audit: 'template.proposed' },
  {
    method: 'post',
    path: '/v1/template-proposals',
    summary: "Proposes a new version of one layer's document",
    request: {
      body: body(
        z.object({
          layer,
          name: z.string().min(1).max(64),
          text: z.string().max(200_000).nullable(),
          why: z.string().trim().min(1).max(1000),
        }),
      ),
    },
    responses: answers(Proposal, 'The proposal.'),
  },
);
const diff = route(
  { act: 'read' },
  {
    method: 'get',
    path: `${path}/diff`,
    summary: 'What it changes, against the version that holds now',
    request: { params },
    responses: answers(LineDiff, 'Lines.'),
  },
);
const apply = route(
  { act: 'read', audit: 'template.applied' },
  {
    method: 'post',
    path: `${path}/apply`,
    summary: 'Makes it the next version, unless another one came since it was written',
    request: { params },
    responses: answers(Proposal, 'The proposal as it stands now.'),
  },
);
const drop = route(
  { act: 'read', audit: 'template.dropped' },
  {
    method: 'post',
    path: `${path}/drop`,
    summary: 'Settles it without a change',
    request: { params },
    responses: answers(Proposal, 'The proposal as it stands now.'),
  },
);

/** Changes of templates that somebody else decides. */
export function templateProposalRoutes(app: OpenAPIHono<HttpEnv>, deps: HttpDeps): void {
  const { templateProposals, templates } = deps;
  const mayDecide = (user: UserFacts, { layer: of, ownerId }: TemplateSlot) =>
    mayEditLayer(user.role, of) && (of !== 'user' || ownerId === user.userId);
  const mine = (user: UserFacts, { proposedBy }: TemplateProposal) => proposedBy.userId === user.userId;
  const shown = ({ proposalId, ownerId: _, ...proposal }: TemplateProposal, may: boolean) => ({
    ...{ id: proposalId, ...proposal },
    mayDecide: may && proposal.state === 'open',
  });
  const newest = async (slot: TemplateSlot) => (await templates.versions(slot))[0];

  async function visible(user: UserFacts, proposalId: string): Promise<TemplateProposal> {
    const found = await templateProposals.byId(proposalId);
    if (!found || !(mayDecide(user, found) || mine(user, found))) throw notFound('proposal');
    return found;
  }
  const now = async (user: UserFacts, proposalId: string) => {
    const proposal = await visible(user, proposalId);
    return shown(proposal, mayDecide(user, proposal));
  };

  app.openapi(list, async (c) => {
    const user = caller(c);
    const seen = (await templateProposals.open()).filter((one) => mayDecide(user, one) || mine(user, one));
    return c.json({ proposals: seen.map((one) => shown(one, mayDecide(user, one))) }, 200);
  });

  app.openapi(propose, async (c) => {
    const user = caller(c);
    const { layer: of, name, text, why } = c.req.valid('json');
    if (text !== null) parseTemplate(text, { layer: of, version: 0 });
    const slot = await templateSlot(deps, user, of, name);
    const base = (await newest(slot))?.version ?? 0;
    const made = await templateProposals.propose({ ...slot, base, text, why, by: user.userId });
    return c.json(await now(user, made.proposalId), 200);
  });

  app.openapi(diff, async (c) => {
    const proposal = await visible(caller(c), c.req.valid('param').proposal);
    return c.json(diffOf((await newest(proposal))?.text ?? '', proposal.text ?? ''), 200);
  });

  app.openapi(apply, async (c) => {
    const user = caller(c);
    const proposal = await visible(user, c.req.valid('param').proposal);
    if (!mayDecide(user, proposal)) throw othersDecide();
    const { proposalId, layer: of, text } = proposal;
    // What was sound when it was proposed may not be any more.
    if (text !== null) parseTemplate(text, { layer: of, version: 0 });
    await templateProposals.apply(proposalId, user.userId);
    return c.json(await now(user, proposalId), 200);
  });

  app.openapi(drop, async (c) => {
    const user = caller(c);
    const proposal = await visible(user, c.req.valid('param').proposal);
    await templateProposals.drop(proposal.proposalId, user.userId);
    return c.json(await now(user, proposal.proposalId), 200);
  });
}

function othersDecide(): DeckhandError {
  return new DeckhandError('auth.not_allowed', 'Somebody else decides this: whoever may save the layer.', {
    blame: 'policy',
  });
}
