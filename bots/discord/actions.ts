import { type APIButtonComponentWithCustomId, ButtonStyle, ComponentType } from 'discord.js';

/** What a button does; the first part of the `custom_id` that comes back when it is pressed. */
export const actions = [
  ...(['once', 'thread', 'always', 'deny', 'stop', 'retry', 'steer'] as const),
  ...(['receipt', 'details', 'reply', 'schedule'] as const),
] as const;
export type Action = (typeof actions)[number];

export interface Press {
  action: Action;
  /** What it is about: a turn, or a question with its revision. */
  value: string;
}

/**
 * A button; its `custom_id` says all there is to know, in whatever process takes it, days later too. The sender of the
 * post puts the post's key behind it.
 */
export function button(
  action: Action,
  label: string,
  value: string,
  style: ButtonStyle.Primary | ButtonStyle.Secondary | ButtonStyle.Danger = ButtonStyle.Secondary,
): APIButtonComponentWithCustomId {
  return { type: ComponentType.Button, custom_id: `${action}|${value}`, label, style };
}

/** What a `custom_id` says, or null when it is none of ours. */
export function readPress(customId: string): Press | null {
  const [action, value] = customId.split('|');
  const known = actions.find((one) => one === action);
  return known && value ? { action: known, value } : null;
}

/** The value of a card's buttons: which question, and which version of it was read. */
export function cardValue(approvalId: string, revision: number): string {
  return `${approvalId}@${revision}`;
}

/** @throws {TypeError} when the value is none of a card's. */
export function readCardValue(value: string): { approvalId: string; revision: number } {
  const [, approvalId, revision] = /^([^@]+)@(\d+)$/.exec(value) ?? [];
  if (!approvalId) throw new TypeError(`not the value of a card: ${value}`);
  return { approvalId, revision: Number(revision) };
}
