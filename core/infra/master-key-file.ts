import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { keptFile } from '#core/machine/kept-file.ts';
import { keyFolder } from '#core/machine/keys.ts';
import { type MasterKeys, newMasterKey, openMasterKeys } from '#core/secrets/master-keys.ts';

/** Base64 keys, one a line; the first is the current one, the others still open what is under them. */
export function masterKeyFile(home: string): string {
  return join(keyFolder(home), 'master.key');
}

export interface GivenMasterKeys {
  /** Undefined: the file under `home`, made on the first start. */
  current: string | undefined;
  older: readonly string[];
}

/**
 * The instance's master keys, for egress alone. A file that has changed is read anew, so that a rotation needs no
 * restart.
 * @throws {DeckhandError} `master_key_invalid`
 */
export function openMasterKeySource(home: string, { current, older }: GivenMasterKeys): () => MasterKeys {
  if (current !== undefined) {
    const fixed = openMasterKeys([current, ...older]);
    return () => fixed;
  }
  const file = masterKeyFile(home);
  keptFile(file, () => `${newMasterKey()}\n`);
  let readAt = Number.NaN;
  let keys: MasterKeys | undefined;
  return () => {
    const changedAt = statSync(file).mtimeMs;
    if (keys === undefined || changedAt !== readAt) {
      keys = openMasterKeys(withOlder(readKeys(file), older));
      readAt = changedAt;
    }
    return keys;
  };
}

/**
 * Puts a new key before those of the file; egress takes it by itself and rewraps every secret. The older keys stay:
 * backups of the database are under them. Gives the new key's id.
 */
export function rotateMasterKeyFile(home: string): string {
  const file = masterKeyFile(home);
  const first = newMasterKey();
  const before = keptFile(file, () => `${newMasterKey()}\n`);
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, `${first}\n${before}`, { mode: 0o600, flush: true });
  renameSync(draft, file);
  return openMasterKeys([first]).current;
}

function readKeys(file: string): string[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

function withOlder([first, ...rest]: string[], older: readonly string[]): [string, ...string[]] {
  return [first ?? '', ...rest, ...older];
}
