import { visible } from '../approvals.ts';

/** Text as one line of at most 120 characters, for titles. */
export function oneLine(text: string): string {
  const line = visible(text).replaceAll(/\s+/g, ' ').trim();
  return line.length <= 120 ? line : `${line.slice(0, 119).toWellFormed()}…`;
}
