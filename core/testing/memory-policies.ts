import { DeckhandError } from '#core/errors.ts';
import { newId } from '#core/ids.ts';
import { addRule } from '#core/policy/add-rule.ts';
import { defaultSystemPolicy } from '#core/policy/default-system.ts';
import { parsePolicy } from '#core/policy/parse.ts';
import type { NewProposal, Policies, PolicyOwner, PolicyVersion, Proposal } from '#core/policy/ports.ts';

const system: PolicyOwner = { layer: 'system', owner: '' };
const shipped: PolicyVersion = {
  ...system,
  version: 0,
  text: defaultSystemPolicy,
  savedBy: null,
  savedAt: null,
};

/** Policies in memory, held to the same contract as those on Postgres. */
export function memoryPolicies(): Policies {
  const saved: PolicyVersion[] = [];
  const proposals = new Map<string, Proposal>();
  const person = (userId: string) => ({ userId, name: userId });
  const versions = ({ layer, owner }: PolicyOwner) => [
    ...saved.filter((one) => one.layer === layer && one.owner === owner).reverse(),
    ...(layer === 'system' ? [shipped] : []),
  ];
  const ranges = () =>
    Object.keys(parsePolicy((versions(system)[0] ?? shipped).text, { layer: 'system', version: 0 }).ranges);
  const check = ({ layer }: PolicyOwner, text: string) =>
    void parsePolicy(text, { layer, version: 0, ranges: ranges() });
  const proposedText = (proposal: Pick<NewProposal, 'layer' | 'owner' | 'change'>) => {
    if ('text' in proposal.change) return proposal.change.text;
    const base = versions(proposal)[0]?.text ?? 'format: 1\n';
    return addRule(base, proposal.change.rule, { layer: proposal.layer, version: 0, ranges: ranges() });
  };

  function save({ layer, owner }: PolicyOwner, text: string, by: string, after?: number): PolicyVersion {
    const before = versions({ layer, owner })[0];
    const version = before?.version ?? 0;
    check({ layer, owner }, text);
    if (after !== undefined && after !== version) {
      throw new DeckhandError('policy_changed', 'This policy was changed while you edited it.');
    }
    if (before?.text === text) return before;
    const savedAt = new Date().toISOString();
    const next = { layer, owner, version: version + 1, text, savedBy: person(by), savedAt };
    saved.push(next);
    return next;
  }

  function settle(
    proposalId: string,
    state: 'applied' | 'dropped',
    by: string,
    version: number | null,
  ): boolean {
    const there = proposals.get(proposalId);
    if (there?.state !== 'open') return false;
    const decidedAt = new Date().toISOString();
    proposals.set(proposalId, { ...there, state, decidedBy: person(by), decidedAt, appliedVersion: version });
    return true;
  }

  return {
    async layersFor({ workspaceId, userId }) {
      const owners: PolicyOwner[] = [
        system,
        { layer: 'workspace', owner: workspaceId },
        { layer: 'user', owner: userId },
      ];
      const newest = owners.flatMap((of) => versions(of)[0] ?? []);
      return newest.map(({ text, layer, version }) => parsePolicy(text, { layer, version, ranges: 'any' }));
    },
    current: async (of) => versions(of)[0] ?? null,
    history: async (of, limit) => versions(of).slice(0, limit),
    save: async (of, text, by, after) => save(of, text, by, after),
    async revert(of, version, by) {
      const found = versions(of).find((one) => one.version === version);
      if (!found) throw new DeckhandError('policy_missing', `There is no version ${version}.`);
      return save(of, found.text, by);
    },
    async propose({ layer, owner, change, why, by, from }) {
      check({ layer, owner }, proposedText({ layer, owner, change }));
      const proposal: Proposal = {
        ...{ proposalId: newId('ppl'), layer, owner, change, why },
        ...{ proposedBy: person(by), proposedFrom: from ?? null, proposedAt: new Date().toISOString() },
        ...{ state: 'open', decidedBy: null, decidedAt: null, appliedVersion: null },
      };
      proposals.set(proposal.proposalId, proposal);
      return proposal;
    },
    proposal: async (proposalId) => proposals.get(proposalId) ?? null,
    proposedText: async (of) => proposedText(of),
    openProposals: async () => [...proposals.values()].filter(({ state }) => state === 'open'),
    async apply(proposalId, by) {
      const proposal = proposals.get(proposalId);
      if (proposal?.state !== 'open') throw new DeckhandError('proposal_settled', 'It is settled.');
      const version = save(proposal, proposedText(proposal), by);
      settle(proposalId, 'applied', by, version.version);
      return version;
    },
    drop: async (proposalId, by) => settle(proposalId, 'dropped', by, null),
  };
}
