import type { Placeholder } from './placeholder.ts';
import type { StoredSecret } from './ports.ts';

/** What a decision or a lease holds for: one claim of one running turn. */
export interface Fence {
  readonly sessionId: string;
  readonly turnId: string;
  readonly epoch: number;
}

/** The permission of one turn to have egress use secrets of its author's (I5). */
export interface Leases {
  /**
   * Leases these secrets to a claim, in place of what it had; gives what its sandbox holds instead of each, by name.
   * @throws {DeckhandError} `turn.fenced`
   */
  grant(fence: Fence, secrets: readonly StoredSecret[]): Promise<Record<string, Placeholder>>;
  /** Ends the leases of this turn, of this epoch and those before. */
  drop(fence: Fence): Promise<void>;
}

/** The turn that runs in a session now, as far as its door needs to know it. */
export interface Standing extends Fence {
  readonly author: { readonly userId: string; readonly name: string };
  readonly workspaceId: string;
  /** Secrets leased to exactly this turn and epoch, sorted. */
  readonly leased: readonly string[];
  /** Has another person's turn worked in this session's workspace? */
  readonly shared: boolean;
}

/** Egress's view of turns and leases. */
export interface Standings {
  /** Null: no turn runs. */
  of(sessionId: string): Promise<Standing | null>;
  /** Every placeholder that this session was ever given, with its secret. */
  placeholders(sessionId: string): Promise<ReadonlyMap<string, string>>;
}
