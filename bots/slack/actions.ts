import type { Button } from '@slack/types';

/** What a button does; the `action_id` that Slack sends back when it is pressed. */
export const actionIds = {
  once: 'deckhand.allow.once',
  thread: 'deckhand.allow.thread',
  always: 'deckhand.allow.always',
  deny: 'deckhand.deny',
  stop: 'deckhand.stop',
  steer: 'deckhand.steer',
  cancel: 'deckhand.cancel',
  retry: 'deckhand.retry',
  receipt: 'deckhand.receipt',
  details: 'deckhand.details',
} as const;

export type Action = keyof typeof actionIds;

/** The action of an `action_id`, or null when it is none of ours. */
export function actionOf(actionId: string): Action | null {
  for (const [action, id] of Object.entries(actionIds)) if (id === actionId) return action as Action;
  return null;
}

/** A button; `value` comes back with the press, in whatever process takes it, days later too. */
export function button(action: Action, label: string, value: string, style?: Button['style']): Button {
  return {
    type: 'button',
    action_id: actionIds[action],
    text: { type: 'plain_text', text: label, emoji: true },
    value,
    ...(style ? { style } : {}),
  };
}

/** The value of a card's buttons: which question, and which version of it was read. */
export function cardValue(approvalId: string, revision: number): string {
  return `${approvalId}@${revision}`;
}

/** @throws {TypeError} when the value is none of a card's. */
export function readCardValue(value: string): { approvalId: string; revision: number } {
  const [approvalId, revision, ...rest] = value.split('@');
  if (!approvalId || !/^\d+$/.test(revision ?? '') || rest.length > 0) {
    throw new TypeError(`not the value of a card: ${value}`);
  }
  return { approvalId, revision: Number(revision) };
}
