import { globSync } from 'node:fs';
import { join } from 'node:path';

/** Where an instance keeps its keys. */
export function keyFolder(home: string): string {
  return join(home, 'keys');
}

/** Public halves of every key this instance has signed with (PEM files): what its own logs are verified against. */
export function keyFiles(home: string): string[] {
  return globSync(join(keyFolder(home), '*.pub.pem'));
}
