import type { ModalView } from '@slack/types';
import type { Step, TurnDocument } from '#core/chat/document.ts';
import { formatDuration } from '#core/chat/duration.ts';
import { receiptLine } from '#core/chat/receipt-line.ts';
import { context, cut, safe } from './render-parts.ts';

/** "100 blocks in modals"; the newest steps are the ones people look for. */
const mostSteps = 40;
const outputCharacters = 1_200;

/** Everything behind an answer or a checklist, in a modal: each step, and how to verify it. */
export function receiptView(document: TurnDocument, what: 'receipt' | 'details'): ModalView {
  const steps = document.steps.slice(-mostSteps);
  const hidden = document.steps.length - steps.length;
  return {
    type: 'modal',
    title: { type: 'plain_text', text: what === 'receipt' ? 'Receipt' : 'Details' },
    close: { type: 'plain_text', text: 'Close' },
    blocks: [
      { type: 'section', text: { type: 'mrkdwn', text: safe(receiptLine(document.receipt), 2_900) } },
      ...(hidden > 0 ? [context(`${hidden} earlier steps are in the log.`)] : []),
      ...steps.flatMap((step) => stepBlocks(step, what === 'details')),
      ...(document.approvals.length > 0 ? [context(approvals(document))] : []),
      { type: 'divider' },
      context(`To check this: \`npm run deckhand -- verify ${document.sessionId}\``),
    ],
  };
}

function stepBlocks(step: Step, withOutput: boolean): ModalView['blocks'] {
  const exit = step.exitCode === null ? '' : ` · exit ${step.exitCode}`;
  const took = step.ms === null ? '' : ` · ${formatDuration(step.ms)}`;
  const line = `\`${safe(step.title.replaceAll('`', "'"), 2_500)}\` ${step.state}${exit}${took}`;
  const output = withOutput ? cut(step.output ?? '', outputCharacters) : '';
  return [
    { type: 'section', text: { type: 'mrkdwn', text: line } },
    ...(output === ''
      ? []
      : [
          {
            type: 'rich_text' as const,
            elements: [
              {
                type: 'rich_text_preformatted' as const,
                elements: [{ type: 'text' as const, text: output }],
              },
            ],
          },
        ]),
  ];
}

function approvals({ approvals: cards }: TurnDocument): string {
  const lines = cards.map((card) => {
    const who = card.by ? ` by ${card.by.name}` : '';
    return `${card.request.title}: ${card.state}${who}`;
  });
  return safe(lines.join('\n'), 2_900);
}
