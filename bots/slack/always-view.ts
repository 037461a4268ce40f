import type { ModalView } from '@slack/types';
import type { ApprovalFacts } from '#core/approvals/ports.ts';
import { cardValue } from './actions.ts';
import { context, safe } from './render-parts.ts';

/** What Slack sends back when the modal is submitted. */
export const alwaysCallback = 'deckhand.always';

/** What "Always…" would come to, before it is said: it reaches further than the thread where it is pressed. */
export function alwaysView({ approvalId, revision, request }: ApprovalFacts): ModalView {
  const { method = '', host = '', port = 0 } = request.reaches ?? {};
  const rule = safe(`allow ${method} to ${host}, port ${port}`, 2_000);
  return {
    type: 'modal',
    callback_id: alwaysCallback,
    private_metadata: cardValue(approvalId, revision),
    title: { type: 'plain_text', text: 'Always allow this?' },
    submit: { type: 'plain_text', text: 'Allow and propose' },
    close: { type: 'plain_text', text: 'Back' },
    blocks: [
      { type: 'section', text: { type: 'mrkdwn', text: `*${rule}*` } },
      {
        type: 'section',
        text: {
          type: 'mrkdwn',
          text: 'In this thread, for requests of the same person, it holds at once. For everybody it becomes a rule when an administrator applies what is proposed here.',
        },
      },
      context('The proposal stands on the page, under Policies.'),
    ],
  };
}

/** Words in the place of a modal that came to nothing. */
export function wordsView(text: string): ModalView {
  return {
    type: 'modal',
    title: { type: 'plain_text', text: 'Nothing was changed' },
    close: { type: 'plain_text', text: 'Close' },
    blocks: [{ type: 'section', text: { type: 'mrkdwn', text: safe(text, 2_900) } }],
  };
}
