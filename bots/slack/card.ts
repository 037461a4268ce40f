import type { KnownBlock } from '@slack/types';
import { ruleFor } from '#core/approvals/host-request.ts';
import type { RenderedPost } from '#core/chat/adapter.ts';
import { approvalText } from '#core/chat/approval-text.ts';
import type { ApprovalCard, TurnDocument } from '#core/chat/document.ts';
import { button, cardValue } from './actions.ts';
import { withoutPings } from './markdown.ts';
import { context, message, safe } from './render-parts.ts';

/** What one block of code holds, and how many of them a card shows before it points to the details. */
const codeCharacters = 2_900;
const mostCodeBlocks = 10;

/** A question to people, or what became of it: the same words on every surface (I7). */
export function cardPost(document: TurnDocument, card: ApprovalCard): RenderedPost {
  const { question, outcome } = approvalText(card, document.author.name, document.state);
  const { subject, why } = card.request;
  const blocks: KnownBlock[] = [
    { type: 'section', text: { type: 'mrkdwn', text: `*${safe(question, 2_900)}*` } },
    ...codeBlocks(subject),
    ...(why ? [context(`Why: ${safe(why, 2_900)}`)] : []),
  ];
  if (outcome) {
    const at = outcome.at ? ` · ${localTime(outcome.at)}` : '';
    blocks.push({ type: 'section', text: { type: 'mrkdwn', text: `${safe(outcome.text, 2_900)}${at}` } });
  } else {
    blocks.push(...openBlocks(document, card));
  }
  const payload = message(withoutPings(outcome?.text ?? question), blocks);
  return { slot: `approval:${card.approvalId}`, kind: 'approval', payload, edits: true };
}

function openBlocks({ turnId }: TurnDocument, card: ApprovalCard): KnownBlock[] {
  const { approvalId, revision, expiresAt, request } = card;
  const value = cardValue(approvalId, revision);
  const always = ruleFor(request) ? [button('always', 'Always…', value)] : [];
  return [
    {
      type: 'actions',
      elements: [
        button('once', 'Allow once', value, 'primary'),
        button('thread', 'Allow in this thread', value),
        ...always,
        button('deny', 'Deny', value, 'danger'),
        button('details', 'Details', turnId),
      ],
    },
    context(`closes ${localTime(expiresAt)}, then I take it as "no"`),
  ];
}

/** The exact thing that is asked for, unformatted. Very long ones end with how much is left out. */
function codeBlocks(subject: string): KnownBlock[] {
  const pieces: string[] = [];
  for (let at = 0; at < subject.length && pieces.length < mostCodeBlocks; at += codeCharacters) {
    pieces.push(subject.slice(at, at + codeCharacters).toWellFormed());
  }
  const hidden = subject.length - pieces.length * codeCharacters;
  const blocks = pieces.map(
    (text): KnownBlock => ({
      type: 'rich_text',
      elements: [{ type: 'rich_text_preformatted', elements: [{ type: 'text', text }] }],
    }),
  );
  return hidden > 0
    ? [
        ...blocks,
        context(`${hidden.toLocaleString('en-US')} more characters: press Details before you answer`),
      ]
    : blocks;
}

/** A moment in the reader's own time zone; without Slack's client it reads in UTC. */
export function localTime(iso: string): string {
  const seconds = Math.floor(Date.parse(iso) / 1000);
  const plain = `${iso.slice(0, 16).replace('T', ' ')} UTC`;
  return `<!date^${seconds}^{date_short_pretty} {time}|${plain}>`;
}
