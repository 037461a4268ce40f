import type { KnownBlock } from '@slack/types';
import { escaped, withoutPings } from './markdown.ts';
import type { SlackMessage } from './types.ts';

/** Notifications and screen readers take `text`; an edit takes at most 4,000 characters of it (chat.update). */
const textCharacters = 3_000;

/** A post of blocks, with its words for notifications. */
export function message(text: string, blocks: KnownBlock[]): SlackMessage {
  return { type: 'message', text: cut(text, textCharacters), blocks };
}

export function context(text: string): KnownBlock {
  return { type: 'context', elements: [{ type: 'mrkdwn', text }] };
}

/** Text of others inside our own marks: it formats nothing, pings nobody, and is at most so long when escaped. */
export function safe(text: string, most: number): string {
  const whole = withoutPings(escaped(text));
  if (whole.length <= most) return whole;
  // Never inside an entity or a character.
  const part = whole.slice(0, most - 1).replace(/&[a-z]*$/, '');
  return `${part.toWellFormed()}…`;
}

/** Cut with an ellipsis, never inside a character. */
export function cut(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1).toWellFormed()}…` : text;
}
