import type { Person, Quote } from '#core/events/types.ts';

/** A name that cannot pass for somebody else's: without brackets and line breaks. */
export function plainName({ name }: Pick<Person, 'name'>): string {
  return name.replaceAll(/[[\]\p{C}\s]+/gu, ' ').trim() || 'someone';
}

/** Quotes with who said them; one after the other. Nothing in it is marked as data yet. */
export function quotedText(quotes: readonly Quote[]): string {
  return quotes.map((quote) => `[${plainName(quote)}] ${quote.text}`).join('\n');
}
