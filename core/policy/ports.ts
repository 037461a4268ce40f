import type { Policy } from './document.ts';

/** Layers whose documents are stored; the template's comes with the template. */
export type StoredLayer = 'system' | 'workspace' | 'user';

/** Whose document: the system's has no owner (empty), the others a workspace or a user. */
export interface PolicyOwner {
  readonly layer: StoredLayer;
  readonly owner: string;
}

/** One version of a document; versions are never changed, only followed by others. */
export interface PolicyVersion extends PolicyOwner {
  /** From 1; 0 is the system policy that Deckhand comes with. */
  readonly version: number;
  readonly text: string;
  /** Null: it came with Deckhand. */
  readonly savedBy: { readonly userId: string; readonly name: string } | null;
  readonly savedAt: string | null;
}

export type ProposalState = 'open' | 'applied' | 'dropped';

export interface NewProposal extends PolicyOwner {
  /** A whole document, or one rule (YAML or JSON) to be added. */
  readonly change: { readonly text: string } | { readonly rule: string };
  /** In words, for whoever decides. */
  readonly why: string;
  /** A user's id. */
  readonly by: string;
  /** The approval that it came from. */
  readonly from?: string;
}

export interface Proposal extends PolicyOwner {
  readonly proposalId: string;
  readonly change: { readonly text: string } | { readonly rule: string };
  readonly why: string;
  readonly proposedBy: { readonly userId: string; readonly name: string };
  readonly proposedFrom: string | null;
  readonly proposedAt: string;
  readonly state: ProposalState;
  readonly decidedBy: { readonly userId: string; readonly name: string } | null;
  readonly decidedAt: string | null;
  readonly appliedVersion: number | null;
}

export interface Policies {
  /**
   * The documents that hold for a turn: at most one of each stored layer, the system's always, and those of the
   * session's template.
   * @throws {DeckhandError} `policy_unreadable`, `template.unknown`: then nothing may be allowed
   */
  layersFor(of: { workspaceId: string; userId: string; sessionId: string }): Promise<Policy[]>;
  /** The version that holds now; null when there is none (never for the system). */
  current(of: PolicyOwner): Promise<PolicyVersion | null>;
  /** Newest first. */
  history(of: PolicyOwner, limit: number): Promise<PolicyVersion[]>;
  /**
   * Reads the document and, when it is right, makes it the next version. The same text again makes none.
   * @param after the version that was edited; another one may have been saved since
   * @throws {DeckhandError} `policy_invalid` with line and what would be right, `policy_changed`; the old one stays
   */
  save(of: PolicyOwner, text: string, by: string, after?: number): Promise<PolicyVersion>;
  /** Saves an earlier version's text anew. @throws {DeckhandError} `policy_missing`, `policy_invalid` */
  revert(of: PolicyOwner, version: number, by: string): Promise<PolicyVersion>;
  /** @throws {DeckhandError} `policy_invalid`: it could not be applied as things stand */
  propose(proposal: NewProposal): Promise<Proposal>;
  proposal(proposalId: string): Promise<Proposal | null>;
  /** Oldest first. */
  openProposals(): Promise<Proposal[]>;
  /** The document that it asks for, as things stand now. @throws {DeckhandError} `policy_invalid` */
  proposedText(of: Pick<NewProposal, 'layer' | 'owner' | 'change'>): Promise<string>;
  /** @throws {DeckhandError} `proposal_settled`, `policy_invalid` */
  apply(proposalId: string, by: string): Promise<PolicyVersion>;
  /** False: it was settled before. */
  drop(proposalId: string, by: string): Promise<boolean>;
}
