import { ButtonStyle } from 'discord.js';
import type { RenderedPost } from '#core/chat/adapter.ts';
import { approvalText } from '#core/chat/approval-text.ts';
import type { ApprovalCard, TurnDocument } from '#core/chat/document.ts';
import { button, cardValue } from './actions.ts';
import { code, container, cut, localTime, row, safe, text } from './render-parts.ts';
import type { DiscordPost } from './types.ts';

/** All texts of a card hold 4,000 characters together. */
const most = { question: 500, subject: 2_500, why: 500 };

/** A question to people, or what became of it: the same words on every surface (I7). */
export function cardPost(document: TurnDocument, card: ApprovalCard): RenderedPost {
  const { question, outcome } = approvalText(card, document.author.name, document.state);
  const { subject, why } = card.request;
  const hidden = subject.length - most.subject;
  const shown = [
    text(`**${cut(safe(question), most.question)}**`),
    text(code(subject, most.subject)),
    ...(hidden > 0 ? [text(`-# ${hidden} more characters: press Details before you answer`)] : []),
    ...(why ? [text(`Why: ${cut(safe(why), most.why)}`)] : []),
  ];
  const end = outcome
    ? [text(`${cut(safe(outcome.text), most.question)}${outcome.at ? ` · ${localTime(outcome.at)}` : ''}`)]
    : openEnd(document, card);
  const payload: DiscordPost = {
    type: 'post',
    messages: [{ components: [container([...shown, ...end])] }],
    ping: outcome ? null : document.eventId,
    late: outcome ? 'say' : 'leave',
  };
  return { slot: `approval:${card.approvalId}`, kind: 'approval', payload, edits: true };
}

function openEnd({ turnId }: TurnDocument, card: ApprovalCard) {
  const { approvalId, expiresAt, request } = card;
  // A card may grow: what is answered is what was read.
  const value = cardValue(approvalId, card.revision);
  return [
    row([
      button('once', 'Allow once', value, ButtonStyle.Primary),
      button('thread', 'Allow in this thread', value),
      ...(request.kind === 'host' ? [button('always', 'Always…', value)] : []),
      button('deny', 'Deny', value, ButtonStyle.Danger),
      button('details', 'Details', turnId),
    ]),
    text(`-# closes ${localTime(expiresAt)}, then I take it as "no"`),
  ];
}
