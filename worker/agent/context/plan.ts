import { quotedText } from './names.ts';
import type { Past, ToldTurn } from './told.ts';

/** A message or an answer is told up to this; its middle is left out, and the thread has the whole. In characters. */
const maxTextChars = 8_000;

export interface ContextPlan {
  /** To be summarised before the turn begins, oldest first; empty: all fits. */
  older: ToldTurn[];
  /** To be told word by word. */
  newer: ToldTurn[];
}

/**
 * The documented rule (docs/adr/0057): everything is told while it fits into `maxChars`. When it does not, the newest
 * turns that fill a third of it, at least the last one, stay word by word; all before them goes into one summary, which
 * later turns begin with. Pure, so that a replay comes to the same.
 */
export function planContext({ summary, turns }: Past, maxChars: number): ContextPlan {
  const sizes = turns.map(sizeOf);
  const all = sizes.reduce((sum, size) => sum + size, summary?.text.length ?? 0);
  if (all <= maxChars) return { older: [], newer: turns };
  let kept = 0;
  let first = turns.length;
  while (first > 0) {
    const size = sizes[first - 1] ?? 0;
    if (first < turns.length && kept + size > maxChars / 3) break;
    kept += size;
    first -= 1;
  }
  return { older: turns.slice(0, first), newer: turns.slice(first) };
}

/** A text at its told length. */
export function told(text: string, maxChars = maxTextChars): string {
  if (text.length <= maxChars) return text;
  const half = Math.floor(maxChars / 2);
  const left = text.length - 2 * half;
  return `${text.slice(0, half).toWellFormed()}\n[… ${left} characters left out …]\n${text.slice(-half).toWellFormed()}`;
}

function sizeOf({ text, quoted = [], answer }: ToldTurn): number {
  const texts = [text, quotedText(quoted), answer];
  return texts.reduce((sum, { length }) => sum + Math.min(length, maxTextChars), 100);
}
