import type { Step, TurnDocument } from '#core/chat/document.ts';
import { formatDuration } from '#core/chat/duration.ts';
import { receiptLine } from '#core/chat/receipt-line.ts';
import { code, cut, safe } from './render-parts.ts';

/** All texts of a message hold 4,000 characters together; the newest steps are the ones people look for. */
const most = { characters: 3_800, output: 500, subject: 3_000 };

/** Everything behind an answer or a checklist, for one person: each step, and how to verify it. */
export function receiptView(document: TurnDocument, what: 'receipt' | 'details'): string {
  const open = document.approvals.filter(({ state }) => state === 'open');
  const head = [`**${what === 'receipt' ? 'Receipt' : 'Details'}**`, safe(receiptLine(document.receipt))];
  const questions = open.map(({ request }) => code(request.subject, most.subject));
  const cards = document.approvals.map(
    ({ request, state, by }) => `${safe(request.title)}: ${state}${by ? ` by ${safe(by.name)}` : ''}`,
  );
  const foot = [`-# To check this: \`npm run deckhand -- verify ${document.sessionId}\``];
  const fixed = [...head, ...questions, ...cards, ...foot].join('\n').length;
  const steps: string[] = [];
  let room = most.characters - fixed;
  for (const step of document.steps.toReversed()) {
    const words = stepText(step, what === 'details');
    if (words.length + 1 > room) break;
    steps.unshift(words);
    room -= words.length + 1;
  }
  const hidden = document.steps.length - steps.length;
  const earlier = hidden > 0 ? [`-# ${hidden} earlier steps are in the log.`] : [];
  return cut([...head, ...questions, ...earlier, ...steps, ...cards, ...foot].join('\n'), most.characters);
}

function stepText(step: Step, withOutput: boolean): string {
  const exit = step.exitCode === null ? '' : ` · exit ${step.exitCode}`;
  const took = step.ms === null ? '' : ` · ${formatDuration(step.ms)}`;
  const line = `\`${cut(step.title.replaceAll('`', "'"), 300)}\` ${step.state}${exit}${took}`;
  const output = withOutput ? cut(step.output?.trim() ?? '', most.output) : '';
  return output === '' ? line : `${line}\n${code(output)}`;
}
