import type { Person } from '#core/events/types.ts';

/** A name that cannot pass for somebody else's: without brackets and line breaks. */
export function plainName({ name }: Pick<Person, 'name'>): string {
  return name.replaceAll(/[[\]\p{C}\s]+/gu, ' ').trim() || 'someone';
}
