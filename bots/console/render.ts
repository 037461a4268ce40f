import type { RenderedPost } from '#core/chat/adapter.ts';
import { approvalText } from '#core/chat/approval-text.ts';
import { checklistOf } from '#core/chat/checklist.ts';
import type { ApprovalCard, TurnDocument } from '#core/chat/document.ts';
import { endingText } from '#core/chat/ending-text.ts';
import { receiptLine } from '#core/chat/receipt-line.ts';
import { isFinal } from '#core/turns/state.ts';
import { type Block, type ConsolePost, shownFile } from './types.ts';

/** The posts of a turn in a console thread, in the order in which they stand: checklist, cards, answer. */
export function renderConsole(document: TurnDocument, now: Date): RenderedPost[] {
  const checklist = checklistBlocks(document, now);
  return [
    ...(checklist ? [post(document, 'checklist:0', 'checklist', checklist, true)] : []),
    ...document.approvals.map((card) => cardPost(document, card)),
    ...(isFinal(document.state) ? [post(document, 'answer:0', 'answer', answerBlocks(document), false)] : []),
  ];
}

function post(
  document: TurnDocument,
  slot: string,
  kind: RenderedPost['kind'],
  blocks: Block[],
  edits: boolean,
): RenderedPost {
  const payload: ConsolePost = { type: 'post', kind, turnId: document.turnId, blocks };
  return { slot, kind, payload, edits };
}

function checklistBlocks(document: TurnDocument, now: Date): Block[] | null {
  const checklist = checklistOf(document, now);
  if (!checklist) return null;
  const { headline, rows, restarts } = checklist;
  return [
    { type: 'checklist', headline, rows, stop: !isFinal(document.state) },
    ...restarts.map(
      ({ at, text }): Block => ({ type: 'line', tone: 'quiet', text: `↻ Restarted. ${text}`, at }),
    ),
  ];
}

function cardPost(document: TurnDocument, card: ApprovalCard): RenderedPost {
  const { question, outcome } = approvalText(card, document.author.name, document.state);
  const { kind, subject, why } = card.request;
  const block: Block = {
    type: 'approval',
    approvalId: card.approvalId,
    revision: card.revision,
    question,
    kind,
    subject,
    why,
    state: card.state,
    outcome,
    expiresAt: card.expiresAt,
  };
  return post(document, `approval:${card.approvalId}`, 'approval', [block], true);
}

function answerBlocks(document: TurnDocument): Block[] {
  if (document.steering?.told) {
    return [{ type: 'line', tone: 'quiet', text: '↪ Told to what was running.', at: document.finishedAt }];
  }
  const ending = endingText(document);
  const tone = document.state === 'failed' ? 'alert' : 'quiet';
  return [
    ...(document.answer ? [{ type: 'markdown', text: document.answer } satisfies Block] : []),
    ...(ending ? [{ type: 'line', tone, text: ending, at: document.finishedAt } satisfies Block] : []),
    ...(document.sentFiles.length > 0
      ? [{ type: 'files', files: document.sentFiles.map(shownFile) } satisfies Block]
      : []),
    { type: 'receipt', line: receiptLine(document.receipt), retry: true },
  ];
}
