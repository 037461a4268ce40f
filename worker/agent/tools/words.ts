import { posix } from 'node:path';
import { visible } from '#core/approvals/visible.ts';

/** Text as one line of at most 120 characters, for titles. */
export function oneLine(text: string): string {
  const line = visible(text).replaceAll(/\s+/g, ' ').trim();
  return line.length <= 120 ? line : `${line.slice(0, 119).toWellFormed()}…`;
}

/** An absolute path in the sandbox; relative ones start at the workspace. */
export function inWorkspace(path: string): string {
  return posix.resolve('/workspace', path);
}
