import type { Person } from '#core/events/types.ts';
import type { Claim } from '#core/turns/ports.ts';
import type { ApprovalRequest, ApprovalScope, ApprovalState } from './types.ts';

export interface ApprovalFacts {
  approvalId: string;
  sessionId: string;
  turnId: string;
  /** Who asked for the turn. */
  authorId: string;
  effectKey: string;
  fingerprint: string;
  request: ApprovalRequest;
  revision: number;
  state: ApprovalState;
  scope: ApprovalScope | null;
  decidedBy: Person | null;
  decidedAt: string | null;
  expiresAt: string;
  createdAt: string;
}

export interface Decision {
  grant: boolean;
  scope: ApprovalScope;
  by: Person;
  /** The revision of the card that was pressed: a card edited since then decides nothing. */
  revision: number;
}

export interface Approvals {
  /** Opens a question for an effect, once: the same effect key gives the same approval. @throws `turn.fenced` */
  open(
    claim: Claim,
    effectKey: string,
    fingerprint: string,
    request: ApprovalRequest,
    lifeMs: number,
  ): Promise<ApprovalFacts>;
  byId(approvalId: string): Promise<ApprovalFacts | null>;
  ofTurn(turnId: string): Promise<ApprovalFacts[]>;
  /** Open ones, oldest first. */
  listOpen(limit: number): Promise<ApprovalFacts[]>;
  /**
   * Open ones oldest first, answered ones newest first. `seenBy`: only of sessions that this person may know of;
   * `after`: the last of the page before.
   */
  list(filter: {
    settled: boolean;
    seenBy?: string | undefined;
    sessionId?: string | undefined;
    after?: Pick<ApprovalFacts, 'createdAt' | 'approvalId'> | undefined;
    limit: number;
  }): Promise<ApprovalFacts[]>;
  /** A grant `in this thread` by the same author for the same fingerprint of subject. */
  grantedInThread(sessionId: string, authorId: string, fingerprint: string): Promise<ApprovalFacts | null>;
  /**
   * Answers it, once, and makes the turn ready (I7). `changed` false: somebody was faster, or the card is old; `now`
   * says what stands.
   */
  decide(approvalId: string, decision: Decision): Promise<{ changed: boolean; now: ApprovalFacts } | null>;
  /** Turns open questions that are past their time into denials. Gives the sessions to ring for. */
  expire(): Promise<string[]>;
}
