import type { PolicyVersion, Proposal } from '#core/policy/ports.ts';

/** What leaves of policies. */

export function presentPolicy({ layer, owner, version, text, savedBy, savedAt }: PolicyVersion) {
  return { layer, owner, version, text, savedBy, savedAt };
}

export function presentProposal(proposal: Proposal) {
  const { proposalId, layer, owner, change, why, proposedBy, proposedAt } = proposal;
  const { state, decidedBy, decidedAt, appliedVersion } = proposal;
  return {
    ...{ id: proposalId, layer, owner, change, why, proposedBy, proposedAt },
    ...{ state, decidedBy, decidedAt, appliedVersion },
  };
}
