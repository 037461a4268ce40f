import type { ActionsBlock, KnownBlock, ModalView } from '@slack/types';
import { pressValue } from '#bots/schedule-presses.ts';
import { type ScheduleButton, type ScheduleCard, scheduleLabels } from '#core/schedules/card.ts';
import { context, safe } from './render-parts.ts';

/** The first part of the `action_id` of a schedule's buttons. */
const prefix = 'deckhand.schedule.';
/** "Up to 50 blocks in messages": two for each schedule, and our own lines. */
const mostCards = 20;

export const isScheduleAction = (actionId: string): boolean => actionId.startsWith(prefix);

/** Schedules with what can be done to them. */
export function scheduleBlocks(cards: ScheduleCard[]): KnownBlock[] {
  const inList = cards.length > 1;
  const blocks = cards
    .slice(0, mostCards)
    .flatMap((card): KnownBlock[] => [
      { type: 'section', text: { type: 'mrkdwn', text: safe(card.lines.join('\n'), 2_900) } },
      ...(card.buttons.length > 0 ? [buttonsOf(card, inList)] : []),
    ]);
  const hidden = cards.length - mostCards;
  return hidden > 0 ? [...blocks, context(`${hidden} more are on the page.`)] : blocks;
}

function buttonsOf({ scheduleId, buttons }: ScheduleCard, inList: boolean): ActionsBlock {
  return {
    type: 'actions',
    elements: buttons.map((button) => ({
      type: 'button',
      action_id: `${prefix}${button}`,
      text: { type: 'plain_text', text: scheduleLabels[button] },
      value: pressValue({ button, scheduleId, inList }),
      ...style(button),
    })),
  };
}

function style(button: ScheduleButton): { style?: 'primary' | 'danger' } {
  if (button === 'save') return { style: 'primary' };
  return button === 'delete' ? { style: 'danger' } : {};
}

/** The form for a change: one field for the whole of it, in the words of the command. */
const form = { callback: 'deckhand.schedule.edit', field: 'words' };

/** `metadata` comes back with what was written. */
export function editForm(words: string, metadata: string): ModalView {
  return {
    type: 'modal',
    callback_id: form.callback,
    private_metadata: metadata,
    title: { type: 'plain_text', text: 'Change a schedule' },
    submit: { type: 'plain_text', text: 'Look at it' },
    close: { type: 'plain_text', text: 'Leave it' },
    blocks: [
      {
        type: 'input',
        block_id: form.field,
        label: { type: 'plain_text', text: 'When, and what to do' },
        hint: { type: 'plain_text', text: 'For example: every weekday at 9:00 check the backups' },
        element: {
          type: 'plain_text_input',
          action_id: form.field,
          multiline: true,
          // "Max length is 3000" (docs.slack.dev/reference/block-kit/block-elements/plain-text-input-element)
          initial_value: words.slice(0, 3_000).toWellFormed(),
        },
      },
    ],
  };
}

/** The parts of a submitted form that we read. */
export interface SubmittedView {
  callback_id?: string | undefined;
  private_metadata?: string | undefined;
  state?: { values: Record<string, Record<string, { value?: string | null | undefined }>> } | undefined;
}

/** What was written into the form for a change; null: it was another form. */
export function readEditForm(view: SubmittedView): { words: string; metadata: string } | null {
  if (view.callback_id !== form.callback) return null;
  const words = view.state?.values[form.field]?.[form.field]?.value ?? '';
  return { words, metadata: view.private_metadata ?? '' };
}

/** The form stays open with what is wrong (docs.slack.dev/surfaces/modals, "Displaying errors in views"). */
export function editFault(message: string): object {
  return { response_action: 'errors', errors: { [form.field]: message } };
}
