import type { ApprovalScope } from '#core/approvals/types.ts';
import { isFinal, type TurnState } from '#core/turns/state.ts';
import type { ApprovalCard } from './document.ts';

/** The words of an approval card. `at` is when the last line became true; platforms add it in their reader's time. */
export interface ApprovalText {
  question: string;
  /** What became of it; null while it is open. */
  outcome: { text: string; at: string | null } | null;
}

/** Words for a card in its present state, the same on every surface (I7). A turn that has ended asks nothing more. */
export function approvalText(card: ApprovalCard, asker: string, turn: TurnState): ApprovalText {
  return { question: `✋ ${asker}, may I ${card.request.title}?`, outcome: outcomeOf(card, turn) };
}

const reaches: Record<ApprovalScope, string> = {
  once: 'once',
  thread: 'in this thread',
  always: 'in this thread and proposed it for always',
};

function outcomeOf(card: ApprovalCard, turn: TurnState): ApprovalText['outcome'] {
  const who = card.by?.name ?? 'Somebody';
  if (card.state === 'granted') {
    const reach = reaches[card.scope ?? 'once'];
    return { text: `✅ ${who} allowed this ${reach}`, at: card.decidedAt };
  }
  if (card.state === 'denied') return { text: `❌ ${who} denied this`, at: card.decidedAt };
  if (isFinal(turn) && card.decidedAt === null) {
    return { text: `■ No longer asked: the request has ended. ${undone(card)}`, at: null };
  }
  if (card.state === 'open') return null;
  return { text: `⌛ Nobody answered in time. ${undone(card)}`, at: card.expiresAt };
}

function undone({ request }: ApprovalCard): string {
  return request.kind === 'host' ? 'Nothing was sent.' : 'Nothing was run.';
}
