import type { RenderedPost } from '#core/chat/adapter.ts';
import { approvalText } from '#core/chat/approval-text.ts';
import type { ApprovalCard, TurnDocument } from '#core/chat/document.ts';
import { escaped, visible } from './html.ts';
import type { MatrixMessage } from './types.ts';

/** The bot's own two reactions; who presses one of them answers. */
export const choices = { once: '✅ Allow once', deny: '❌ Deny' } as const;

/** Longer ones are cut: the whole is in the page. The event must stay below 65 kB. */
const subjectCharacters = 6_000;

/** An approval's post: the choices stand in the text, since clients show no buttons; so does what became of it (I7). */
export function cardPost(document: TurnDocument, card: ApprovalCard): RenderedPost {
  const { question, outcome } = approvalText(card, document.author.name, document.state);
  const { subject, why } = card.request;
  const shown = visible(subject.slice(0, subjectCharacters));
  const words = [
    'allow',
    'allow in this thread',
    ...(card.request.kind === 'host' ? ['always'] : []),
    'deny',
  ];
  const more = subject.length > subjectCharacters ? 'It goes on; the whole is on Deckhand’s page.' : null;
  const below = outcome
    ? [outcome.at ? `${outcome.text} · ${clock(outcome.at)} UTC` : outcome.text]
    : [
        `React with ${choices.once} or ${choices.deny}, or reply: ${words.join(' · ')}`,
        `Closes ${clock(card.expiresAt)} UTC, then I take it as a no.`,
      ];
  const lines = [...(more ? [more] : []), ...(why ? [`Why: ${visible(why.slice(0, 2_000))}`] : [])];
  const body = [visible(question), '```', shown, '```', ...lines, ...below].join('\n');
  const html = [
    `<p>${escaped(visible(question))}</p>`,
    `<pre><code>${escaped(shown)}\n</code></pre>`,
    ...lines.map((line) => `<p>${escaped(line)}</p>`),
    `<p>${below.map(escaped).join('<br>')}</p>`,
  ].join('');
  const payload: MatrixMessage = {
    type: 'message',
    content: { msgtype: 'm.text', body, format: 'org.matrix.custom.html', formatted_body: html },
    calls: outcome ? null : document.eventId,
    // A card may grow: what is answered is what was read.
    card: { approvalId: card.approvalId, revision: card.revision, open: outcome === null },
    urgent: true,
  };
  return { slot: `approval:${card.approvalId}`, kind: 'approval', payload, edits: true };
}

/** Matrix has no times that clients show in their reader's zone: `2026-11-21 14:02`, in UTC. */
export function clock(at: string): string {
  return `${at.slice(0, 10)} ${at.slice(11, 16)}`;
}
