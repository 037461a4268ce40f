import { posix } from 'node:path';
import { DeckhandError } from '#core/errors.ts';
import { exportsOf } from './exports.ts';
import type { Command } from './port.ts';

export const WORKSPACE = '/workspace';
const KEY = /^(?!\.{1,2}$)[A-Za-z0-9_.-]{1,128}$/;
/** Linux's MAX_ARG_STRLEN, less the closing zero: a script is one argument of the shell. */
const SCRIPT_MAX_BYTES = 128 * 1024 - 1;
const PATH_MAX_BYTES = 4000;

/** What any implementation refuses before it starts. @throws {DeckhandError} `command.bad_key` */
export function checkKey(key: string): void {
  if (KEY.test(key)) return;
  throw new DeckhandError(
    'command.bad_key',
    `A command's key is 1 to 128 of A-Z a-z 0-9 _ . -, not "${key.slice(0, 40)}".`,
  );
}

/** @throws {DeckhandError} `command.bad_key`, `command.bad_script`, `file.denied` (workdir) */
export function checkCommand(command: Command): void {
  checkKey(command.key);
  sandboxPath(command.workdir ?? WORKSPACE);
  // With what is put before it, both being one argument.
  const bytes = Buffer.byteLength(exportsOf(command.env) + command.script);
  if (bytes <= SCRIPT_MAX_BYTES && !command.script.includes('\0')) return;
  const why =
    bytes > SCRIPT_MAX_BYTES
      ? `is ${bytes} bytes long; the limit is ${SCRIPT_MAX_BYTES}`
      : 'holds a zero byte';
  throw new DeckhandError('command.bad_script', `The command ${why}. Write it to a file and run that.`, {
    blame: 'asker',
  });
}

/** An absolute path in the sandbox; relative ones start at the workspace. @throws {DeckhandError} `file.denied` */
export function sandboxPath(path: string): string {
  const whole = posix.resolve(WORKSPACE, path);
  if (!path.includes('\0') && Buffer.byteLength(whole) <= PATH_MAX_BYTES) return whole;
  throw fileError('denied', path);
}

const SENTENCES: Record<string, [code: string, sentence: string]> = {
  missing: ['file.missing', 'is not there'],
  not_a_file: ['file.not_a_file', 'is not a regular file'],
  too_large: ['file.too_large', 'is larger than allowed'],
  denied: ['file.denied', 'may not be opened'],
  full: ['disk.full', 'does not fit: the disk is full; delete something first'],
};

/** The failure of a file operation, from the helper's word for it. */
export function fileError(word: string, path: string): DeckhandError {
  const [code, sentence] = SENTENCES[word] ?? ['file.failed', `cannot be used (${word.slice(0, 100)})`];
  return new DeckhandError(code, `${path.slice(0, 200)} ${sentence}.`, { blame: 'asker' });
}
