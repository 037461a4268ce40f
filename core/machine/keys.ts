import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where an instance keeps its keys. */
export function keyFolder(home: string): string {
  return join(home, 'keys');
}

/** Public halves of every key this instance has signed with (PEM files): what its own logs are verified against. */
export function keyFiles(home: string): string[] {
  return globSync(join(keyFolder(home), '*.pub.pem'));
}

/** Those halves, PEM. Read anew each time: a key may be rotated while others run. */
export function readKeys(home: string): string[] {
  return keyFiles(home).map((file) => readFileSync(file, 'utf8'));
}
